import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Where one clause keeps its data, apart from every other clause's. Plain JSON: it is also given to other processes. */
export interface Place {
  /** Of letters and digits, never used before: a table, a prefix, a database. */
  readonly id: string
  /** A fresh directory, removed after the clause. */
  readonly directory: string
}

/** A place of its own for one clause, and how to remove it. */
export function freshPlace(): { place: Place; remove(): void } {
  const directory = mkdtempSync(join(tmpdir(), 'skc-'))
  return {
    place: { id: `c${randomBytes(8).toString('hex')}`, directory },
    remove: () => rmSync(directory, { recursive: true, force: true, maxRetries: 3 }),
  }
}
