import { join, resolve } from 'node:path'
import { checkOptions, strictOptions } from '@sessionkeep/core/store'
import { defaultDirectory } from '@sessionkeep/disk'
import * as z from 'zod'

export interface LowdbStoreOptions {
  /** The document. Default: `sessions.lowdb.json` in `SESSIONKEEP_DIRECTORY`, else in the user's state directory. Relative to the working directory at construction. */
  readonly file?: string | undefined
  /** What an acknowledged write survives: a power cut, or `kill -9` of the process. Default `'power'`. */
  readonly durability?: 'power' | 'process' | undefined
}

// The ending keeps it apart from the records of a file store in the same directory, whose names have no dot in them.
const DEFAULT_NAME = 'sessions.lowdb.json'

const isPath = (text: string): boolean => text !== '' && !text.includes('\0') && !/[\\/]$/.test(text)

/** What stands under `stores.lowdb` in a configuration. */
export const optionsSchema: z.ZodType<LowdbStoreOptions> = strictOptions({
  file: z.string('expected the path of a file').refine(isPath, 'expected the path of a file').optional(),
  durability: z.enum(['power', 'process'], 'expected "power" or "process"').optional(),
})

/** The options of `lowdbStore()`, filled in. Throws `ConfigError` `CONFIG_INVALID`. */
export function checkedOptions(options: LowdbStoreOptions): { file: string; durability: 'power' | 'process' } {
  const { file, durability = 'power' } = checkOptions('lowdbStore()', optionsSchema, options)
  return { file: resolve(file ?? join(defaultDirectory(), DEFAULT_NAME)), durability }
}
