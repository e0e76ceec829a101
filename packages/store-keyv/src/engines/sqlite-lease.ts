import { StoreError } from '@sessionkeep/contracts'
import { createQueue } from '@sessionkeep/store-kit'
import { rowKept } from '../errors.ts'
import { type Lease, lostLease } from '../lease.ts'
import type { Database } from './sqlite-connection.ts'

/** The entry in the table by which the writer of a SQLite file shows that it is the writer. The lock of the file excludes others. */
export interface HeldLease {
  /** Writes these texts in one statement, if this connection still is the writer. Returns how many were written. */
  set(texts: Iterable<readonly [key: string, text: string]>): Promise<number>
  /**
   * Runs another change if this connection still is the writer.
   *
   * @param change - makes the statement, which changes nothing unless the condition is true; its value comes first
   * @param check - runs before anything else is changed
   */
  change(change: (condition: string) => string, value: string, check: () => Promise<void>): Promise<void>
  /** Rejects if this connection is not the writer any more. Writes nothing. */
  check(): Promise<void>
  /** Removes what the writer has written about itself. */
  release(): Promise<void>
}

/** The parameters of {@link holdSqliteLease}. */
export interface LeaseOptions {
  readonly lease: Lease
  readonly server: string
  readonly onLost: (error: unknown) => void
}

/** Makes the statement that writes the texts of a JSON array of pairs. */
export function upsert(table: string, condition: string): string {
  return `INSERT INTO ${table} (key, value) SELECT value ->> 0, value ->> 1 FROM json_each(?) WHERE ${condition}
    ON CONFLICT (key) DO UPDATE SET value = excluded.value RETURNING 1 AS done`
}

/**
 * Writes into the table of the records who holds the lock of the file, and how many changes that writer has made. Only the
 * lock keeps others out. By this row they learn who holds the lock, and the writer notices that an older copy has replaced
 * the content.
 */
export async function holdSqliteLease(
  { all }: Pick<Database, 'all'>,
  table: string,
  { lease, server, onLost }: LeaseOptions,
): Promise<HeldLease> {
  const { key, text } = lease
  const condition = `EXISTS (SELECT 1 FROM ${table} WHERE key = ? AND value = ?)`
  // Each change depends on the count of the previous one.
  const inTurn = createQueue()
  let count = 0
  const valueAt = (changes: number) => `${text} ${changes}`
  const written = await all(upsert(table, 'true'), JSON.stringify([[key, valueAt(count)]]))
  if (written.length === 0) throw rowKept(table)

  const stored = async () => textOf((await all(`SELECT value FROM ${table} WHERE key = ?`, key))[0]?.value)
  const lost = async () => {
    const found = await stored()
    const error = found === undefined || found === text ? replaced(server) : lostLease(found, lease, server)
    onLost(error)
    return error
  }
  /** Writes the row of the lease together with the texts, so that each change is counted in its own statement. */
  const set: HeldLease['set'] = async (texts) => {
    const entries = JSON.stringify([...texts, [key, valueAt(count + 1)]])
    const rows = await all(upsert(table, condition), entries, key, valueAt(count))
    if (rows.length === 0) throw await lost()
    count += 1
    return rows.length - 1
  }
  return {
    set: (texts) => inTurn(() => set(texts)),
    change: (change, value, check) =>
      inTurn(async () => {
        await all(change(condition), value, key, valueAt(count))
        await set([])
        await check()
      }),
    check: () =>
      inTurn(async () => {
        const [row] = await all(`SELECT ${condition} AS holds`, key, valueAt(count))
        if (row?.holds !== 1) throw await lost()
      }),
    release: () =>
      inTurn(async () => void (await all(`DELETE FROM ${table} WHERE key = ? AND value = ?`, key, valueAt(count)))),
  }
}

/** Reads who holds the lock of the file; undefined if no holder has written that. */
export async function holderIn(
  { all }: Pick<Database, 'all'>,
  table: string,
  lease: Lease | undefined,
): Promise<string | undefined> {
  if (!lease) return undefined
  const [row] = await all(`SELECT value FROM ${table} WHERE key = ?`, lease.key).catch(() => [])
  return textOf(row?.value)
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value.replace(/ \d+$/, '') : undefined
}

function replaced(server: string): StoreError {
  return new StoreError(
    'STORE_UNAVAILABLE',
    `${server} is behind what it has acknowledged: its content was replaced by an older copy, or removed.`,
    { context: { server } },
  )
}
