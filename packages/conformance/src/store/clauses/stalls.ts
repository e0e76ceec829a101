import { isStoreError, type MetadataStore } from '@sessionkeep/contracts'
import { check } from '../../frame/check.ts'
import { watchStalls } from '../../frame/stall.ts'
import { namesOf, read, remove, write } from '../calls.ts'
import { fullRecord, numbered } from '../samples.ts'
import type { StoreClause } from '../store-clause.ts'

/** The longest time, in ms of processor time, for which a call may keep every other request of the gateway waiting. */
const BUDGET_MS = 100
const MANY = 500
const BATCH = 250
const LARGE_BYTES = 900 * 1024

/** Writes, lists, reads and removes these records in batches. */
async function use(store: MetadataStore, records: Record<string, unknown>): Promise<void> {
  const names = Object.keys(records)
  for (let at = 0; at < names.length; at += BATCH) {
    await write(store, Object.fromEntries(names.slice(at, at + BATCH).map((name) => [name, records[name]])))
  }
  await namesOf(store)
  for (let at = 0; at < names.length; at += BATCH) await read(store, names.slice(at, at + BATCH))
  for (let at = 0; at < names.length; at += BATCH) await remove(store, ...names.slice(at, at + BATCH))
}

export const stallClauses: readonly StoreClause[] = [
  {
    id: 'stalls.many',
    title: `No call on ${MANY} records keeps the event loop for more than ${BUDGET_MS} ms of processor time.`,
    async run({ open }) {
      const store = await open()
      await use(store, numbered(10, 'first'))
      const stalls = watchStalls()
      await use(store, numbered(MANY))
      const { longestBusyMs } = stalls.stop()
      check(longestBusyMs <= BUDGET_MS, `the event loop was kept for ${longestBusyMs} ms`)
    },
  },
  {
    id: 'stalls.large',
    title: `No call on a record of 900 KiB keeps the event loop for more than ${BUDGET_MS} ms of processor time.`,
    async run({ open }) {
      const store = await open()
      const large = { ...fullRecord('large'), attributes: { text: 'x'.repeat(LARGE_BYTES) } }
      await use(store, numbered(10, 'first'))
      const stalls = watchStalls()
      // A store may refuse this record with a StoreError, but must not block the event loop for it.
      await use(store, { large }).catch((error: unknown) => check(isStoreError(error), `no StoreError: ${error}`))
      const { longestBusyMs } = stalls.stop()
      check(longestBusyMs <= BUDGET_MS, `the event loop was kept for ${longestBusyMs} ms`)
    },
  },
]
