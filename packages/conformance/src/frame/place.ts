import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * Where the data of one clause is. No two clauses have the same place. It is plain JSON, because it is also sent to other
 * processes.
 */
export interface Place {
  /** A unique text of letters and digits, for example for the name of a table, a prefix or a database. */
  readonly id: string
  /** The path of an empty directory, which is removed after the clause. */
  readonly directory: string
}

/** Makes a new place. `remove()` deletes its directory. */
export function freshPlace(): { place: Place; remove(): void } {
  const directory = mkdtempSync(join(tmpdir(), 'skc-'))
  return {
    place: { id: `c${randomBytes(8).toString('hex')}`, directory },
    remove: () => rmSync(directory, { recursive: true, force: true, maxRetries: 3 }),
  }
}
