import { join, resolve } from 'node:path'
import { defaultDirectory } from '@sessionkeep/disk'
import { z } from 'zod'

export interface LowdbStoreOptions {
  /** The document. Default: `sessions.lowdb.json` in `SESSIONKEEP_DIRECTORY`, else in the user's state directory. Relative to the working directory at construction. */
  readonly file?: string | undefined
  /** What an acknowledged write survives: a power cut, or `kill -9` of the process. Default `'power'`. */
  readonly durability?: 'power' | 'process' | undefined
}

// The ending keeps it apart from the records of a file store in the same directory, whose names have no dot in them.
const DEFAULT_NAME = 'sessions.lowdb.json'

const isPath = (text: string): boolean => text !== '' && !text.includes('\0') && !/[\\/]$/.test(text)

export const optionsSchema: z.ZodType<LowdbStoreOptions> = z.strictObject(
  {
    file: z.string('expected the path of a file').refine(isPath, 'expected the path of a file').optional(),
    durability: z.enum(['power', 'process'], 'expected "power" or "process"').optional(),
  },
  {
    error: ({ code, keys }) =>
      code === 'unrecognized_keys'
        ? `${keys?.join(', ')}: is no option of the lowdb store; it has file and durability`
        : 'expected an object of options',
  },
)

/** The options, filled in; throws a `TypeError` that says what is wrong with them. */
export function checkedOptions(options: LowdbStoreOptions): { file: string; durability: 'power' | 'process' } {
  const result = optionsSchema.safeParse(options)
  if (!result.success) {
    const faults = result.error.issues.map(({ path, message }) => [...path, message].join(': '))
    throw new TypeError(`lowdbStore(): ${faults.join('; ')}`)
  }
  const { file, durability = 'power' } = result.data
  return { file: resolve(file ?? join(defaultDirectory(), DEFAULT_NAME)), durability }
}
