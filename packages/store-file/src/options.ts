import { checkOptions, strictOptions } from '@sessionkeep/contracts'
import * as z from 'zod'

/** Options of {@link fileStore}. */
export interface FileStoreOptions {
  /**
   * The directory of the records. A relative path is resolved when the store is constructed.
   *
   * @defaultValue `SESSIONKEEP_DIRECTORY`, else `sessionkeep` in the state directory of the user
   */
  readonly directory?: string | undefined
  /**
   * What an acknowledged write survives: a power cut, or only a kill of the process.
   *
   * @defaultValue `'power'`
   */
  readonly durability?: 'power' | 'process' | undefined
  /**
   * Whether changes of more than 16 busy sessions are first written to a journal, a batch in one append and one sync. The files
   * of the records follow within about 30 seconds, later on a slow disk, and when the store is closed.
   *
   * @defaultValue `true`
   */
  readonly journal?: boolean | undefined
}

const isPath = (text: string): boolean => text !== '' && !text.includes('\0')

/** The schema of `stores.file` in a configuration. */
export const optionsSchema: z.ZodType<FileStoreOptions> = strictOptions({
  directory: z.string('expected a path').refine(isPath, 'expected a path').optional(),
  durability: z.enum(['power', 'process'], 'expected "power" or "process"').optional(),
  journal: z.boolean('expected true or false').optional(),
})

/**
 * Checks the options of `fileStore()`.
 *
 * @throws `ConfigError` with `CONFIG_INVALID`
 */
export function checkedOptions(options: FileStoreOptions): FileStoreOptions {
  return checkOptions('fileStore()', optionsSchema, options)
}
