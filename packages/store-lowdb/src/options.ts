import { resolve } from 'node:path'
import { checkOptions, strictOptions } from '@sessionkeep/contracts'
import { defaultDocument } from '@sessionkeep/disk'
import * as z from 'zod'

/** Options of {@link lowdbStore}. */
export interface LowdbStoreOptions {
  /**
   * The path of the document. A relative path is resolved when the store is constructed.
   *
   * @defaultValue `sessions.lowdb.json` in `SESSIONKEEP_DIRECTORY`, else in `sessionkeep` in the state directory of
   * the user
   */
  readonly file?: string | undefined
  /**
   * What an acknowledged write survives: a power cut, or only a kill of the process.
   *
   * @defaultValue `'power'`
   */
  readonly durability?: 'power' | 'process' | undefined
}

const isPath = (text: string): boolean => text !== '' && !text.includes('\0') && !/[\\/]$/.test(text)

/** The schema of `stores.lowdb` in a configuration. */
export const optionsSchema: z.ZodType<LowdbStoreOptions> = strictOptions({
  file: z.string('expected the path of a file').refine(isPath, 'expected the path of a file').optional(),
  durability: z.enum(['power', 'process'], 'expected "power" or "process"').optional(),
})

/**
 * Checks the options of `lowdbStore()` and fills in the defaults.
 *
 * @throws `ConfigError` with `CONFIG_INVALID`
 */
export function checkedOptions(options: LowdbStoreOptions): { file: string; durability: 'power' | 'process' } {
  const { file, durability = 'power' } = checkOptions('lowdbStore()', optionsSchema, options)
  return { file: resolve(file ?? defaultDocument()), durability }
}
