import { checkOptions, strictOptions } from '@sessionkeep/core/store'
import * as z from 'zod'

export interface FileStoreOptions {
  /** Where the records are kept. Default: `SESSIONKEEP_DIRECTORY`, else the user's state directory. Relative to the working directory at construction. */
  readonly directory?: string | undefined
  /** What an acknowledged write survives: a power cut, or `kill -9` of the process. Default `'power'`. */
  readonly durability?: 'power' | 'process' | undefined
}

const isPath = (text: string): boolean => text !== '' && !text.includes('\0')

/** What stands under `stores.file` in a configuration. */
export const optionsSchema: z.ZodType<FileStoreOptions> = strictOptions({
  directory: z.string('expected a path').refine(isPath, 'expected a path').optional(),
  durability: z.enum(['power', 'process'], 'expected "power" or "process"').optional(),
})

/** The options of `fileStore()`. Throws `ConfigError` `CONFIG_INVALID`. */
export function checkedOptions(options: FileStoreOptions): FileStoreOptions {
  return checkOptions('fileStore()', optionsSchema, options)
}
