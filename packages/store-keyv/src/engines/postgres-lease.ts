import { createQueue } from '@sessionkeep/store-kit'
import { rowKept } from '../errors.ts'
import { type Lease, leaseText, lostLease, MOST_LEASE_BYTES, olderCopy, takeLease } from '../lease.ts'
import type { Query, Row } from './postgres-table.ts'

/** A lease that this connection holds. */
export interface HeldLease {
  /**
   * Runs a statement that changes records and, in the same step, renews the lease. If this connection does not hold the
   * lease any more, nothing is changed.
   *
   * @param change - a statement that changes nothing unless `EXISTS (SELECT 1 FROM held)`; its parameters come first
   * @param outcome - the columns to return, which may read the rows of the statement from `changed`
   * @throws `STORE_LOCKED` when another writer holds it, `STORE_UNAVAILABLE` when nobody does
   */
  change(change: string, outcome: string, values: readonly unknown[]): Promise<readonly Row[]>
  /** Renews the lease. */
  renew(): Promise<void>
  /** Gives the lease up, if it is still held. */
  release(): Promise<void>
}

/** The lease of another writer may end between a try to take it and the question who holds it. */
const MOST_TRIES = 10

const NOW_MS = 'floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint'

/**
 * Takes the lease: a row of the table of the records. Its value is the text of the lease, the time at which it expires
 * by the clock of the server, and a number that every write increments. This connection holds the lease as long as the value
 * is exactly what it wrote last. A server that took over with an older copy has another value, so the next call notices
 * that writes were lost.
 *
 * @throws `STORE_LOCKED`
 */
export async function takePostgresLease(
  query: Query,
  name: string,
  lease: Lease,
  server: string,
  onLost: (error: unknown) => void,
): Promise<HeldLease> {
  const { key, text, leaseMs } = lease
  const fresh = (column: string) => `${column} || ' ' || (${NOW_MS} + ${leaseMs})::text`
  // Each statement depends on the value that the previous one has written.
  const inTurn = createQueue()
  let last = ''

  const stored = async () => {
    // A part of a value would count as a lease that never is what is stored.
    const most = `CASE WHEN octet_length(value) > ${MOST_LEASE_BYTES} THEN '' ELSE value END`
    const [row] = await query(`SELECT ${most} AS value FROM ${name} WHERE key = $1`, [key])
    const value = row?.value
    return typeof value === 'string' ? value : undefined
  }

  await takeLease(lease, server, async (old) => {
    const isFree = `kept.value IS NULL OR substring(right(kept.value, 50) FROM ' ([0-9]{1,20}) [0-9]+$')::numeric < ${NOW_MS}`
    for (let left = MOST_TRIES; left > 0; left -= 1) {
      const [row] = await query(
        `INSERT INTO ${name} AS kept (key, value) VALUES ($1, ${fresh('$2::text')} || ' 0')
        ON CONFLICT (key) DO UPDATE SET value = excluded.value WHERE ${isFree} OR kept.value = $3 RETURNING value`,
        [key, text, old ?? 'nobody'],
      )
      if (row) last = String(row.value)
      const found = row ? undefined : await stored()
      if (row || found !== undefined) return found
    }
    throw rowKept(name)
  })

  const renewed = (parameter: number) => {
    const count = Number(/ (\d+)$/.exec(last)?.[1] ?? 0) + 1
    return `UPDATE ${name} SET value = ${fresh(`$${parameter}::text`)} || ' ${count}' WHERE key = $${parameter + 1} AND value = $${parameter + 2} RETURNING value`
  }
  const keep = async ([row]: readonly Row[]) => {
    if (row) {
      last = String(row.value)
      return
    }
    const value = await stored()
    const found = value === undefined ? undefined : leaseText(value)
    const error = found === text ? olderCopy(server) : lostLease(found, lease, server)
    onLost(error)
    throw error
  }

  return {
    change: (change, outcome, values) =>
      inTurn(async () => {
        const held = renewed(values.length + 1)
        const all = [...values, text, key, last]
        const rows = await query(
          `WITH held AS (${held}), changed AS (${change}) SELECT value, ${outcome} FROM held`,
          all,
        )
        await keep(rows)
        return rows
      }),
    renew: () => inTurn(async () => keep(await query(renewed(1), [text, key, last]))),
    release: () =>
      inTurn(async () => void (await query(`DELETE FROM ${name} WHERE key = $1 AND value = $2`, [key, last]))),
  }
}
