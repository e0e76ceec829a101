import type { StoreCapabilities } from '@sessionkeep/contracts'
import { check, codeOf, rejection, rejectsWith, same, settle } from '../../frame/check.ts'
import { namesOf, read, remove, write } from '../calls.ts'
import { isDurable, retains, type StoreClause } from '../store-clause.ts'
import { contextOf, opensReadOnly, type StoreTrial } from '../trial.ts'

/** Reads a record with a second, read-only store. Undefined if the backend can be open only once at a time. */
async function readBeside({ create, capabilities }: StoreTrial, name: string): Promise<object | undefined> {
  const reader = await create()
  if (!(await opensReadOnly(reader, capabilities))) return undefined
  const found = await read(reader, [name])
  await reader.close?.()
  return found
}

export const capabilityClauses: readonly StoreClause[] = [
  {
    id: 'capabilities.declared',
    title: 'The store has a name, and declares the capabilities that the suite was given.',
    async run({ open, capabilities }) {
      const store = await open()
      check(typeof store.name === 'string' && store.name !== '', 'the name must be a string that is not empty')
      const withDefaults = ({ durability, retains, shared, liveOnly = false, lease = false }: StoreCapabilities) => ({
        durability,
        retains,
        shared,
        liveOnly,
        lease,
      })
      same(withDefaults(store.capabilities), withDefaults(capabilities), 'its capabilities')
    },
  },
  {
    id: 'capabilities.retains',
    title: 'retains: Whether a record that was written can be read back. True: it can.',
    applies: retains,
    async run({ open }) {
      const store = await open()
      await write(store, { a: { n: 1 } })
      same(await read(store, ['a']), { a: { n: 1 } }, 'the written records')
      same(await namesOf(store), ['a'], 'the names')
    },
  },
  {
    id: 'capabilities.retains-not',
    title: 'retains: False only for the store `none`. No record is ever read back or listed.',
    applies: (declared) => !retains(declared),
    async run({ open, reopen }) {
      const store = await open()
      await write(store, { a: { n: 1 } })
      for (const each of [store, await reopen(store), await open()]) {
        same(await read(each, ['a']), {}, 'the written records')
        same(await namesOf(each), [], 'the names')
      }
    },
  },
  {
    id: 'capabilities.durable',
    title:
      'setMany(): Resolves when every record survives what `durability` promises. Others read it at once, and after a close.',
    applies: isDurable,
    async run(trial) {
      const { open, reopen } = trial
      const store = await open()
      for (let round = 1; round <= 5; round += 1) {
        await write(store, { a: { round } })
        const found = await readBeside(trial, 'a')
        if (found) same(found, { a: { round } }, 'the record that another instance reads after the acknowledgement')
      }
      await remove(store, 'a')
      const left = await readBeside(trial, 'a')
      if (left) same(left, {}, 'the records that another instance reads after the removal')
      await write(store, { b: { n: 2 } })
      same(await read(await reopen(store), ['a', 'b']), { b: { n: 2 } }, 'the records that the next store reads')
    },
  },
  {
    id: 'capabilities.shared',
    title:
      'shared: True: several stores of one place may be used at the same time, as long as each name has one writer.',
    applies: (declared) => declared.shared && declared.retains,
    async run({ open, capabilities }) {
      const owners = capabilities.lease ? ['a-', 'b-', 'c-'] : ['p-', 'p-', 'p-']
      const stores = await Promise.all(owners.map((owner) => open({ owner })))
      const expected: Record<string, unknown> = {}
      for (let round = 0; round < 10; round += 1) {
        const records = stores.map((_, at) => [`p-${at}-${round % 5}`, { at, round }] as const)
        await Promise.all(stores.map((store, at) => write(store, Object.fromEntries([records[at] ?? []]))))
        Object.assign(expected, Object.fromEntries(records))
      }
      for (const store of stores) {
        same(await read(store, Object.keys(expected)), expected, 'the records that each of three writers reads')
        same(new Set(await namesOf(store)), new Set(Object.keys(expected)), 'the names that each writer lists')
      }
      const [first, second] = stores
      if (first) await remove(first, 'p-0-0')
      if (second) same(await read(second, ['p-0-0']), {}, 'the record that another writer removed')
    },
  },
  {
    id: 'capabilities.shared-not',
    title:
      'shared: False: a second writer is refused with `STORE_LOCKED` until the first has closed, or has records of its own.',
    applies: (declared) => !declared.shared && declared.retains,
    async run({ open, create }) {
      const first = await open({ owner: 'p-' })
      await write(first, { a: { n: 1 } })
      const second = await create()
      const outcome = await settle(() => second.open?.(contextOf({ owner: 'p-' })))
      if (!('error' in outcome)) {
        same(await namesOf(second), [], 'the names of the first writer that a second writer lists')
        return
      }
      same(codeOf(outcome.error), 'STORE_LOCKED', 'the code')
      await write(first, { a: { n: 2 } })
      await first.close?.()
      await second.open?.(contextOf({ owner: 'p-' }))
      same(await read(second, ['a']), { a: { n: 2 } }, 'the record that the next writer reads')
    },
  },
  {
    id: 'capabilities.live-only',
    title:
      'liveOnly: `setMany()` then fails for a name without a living session with `STORE_NO_SESSION`. A record with `expiresAt` belongs to a session that has ended: such a store drops it and does not fail.',
    applies: ({ liveOnly = false }) => liveOnly,
    async run({ open, openBare }) {
      const first = await open()
      await write(first, { a: { n: 1 } })
      await first.close?.()
      const store = await openBare()
      const error = await rejection(() => write(store, { a: { n: 2 }, gone: { n: 3 } }), 'setMany() without a session')
      const { failed } = error as { failed?: Map<string, unknown> }
      same([...(failed?.keys() ?? [])], ['gone'], `the failed names of ${error}`)
      same(codeOf(failed?.get('gone')), 'STORE_NO_SESSION', 'the code of the failed name')
      await write(store, { a: { n: 4 }, gone: { n: 5, expiresAt: 1 } })
      same(await read(store, ['a', 'gone']), { a: { n: 4 } }, 'the stored records')
      same(await namesOf(store), ['a'], 'the names')
    },
  },
  {
    id: 'capabilities.owner',
    title:
      'owner: Who writes: the `poolId`, or else the session prefix. A store with a lock takes the lock for this owner. Undefined: the lock excludes everyone.',
    applies: (declared) => isDurable(declared) && !declared.shared,
    async run({ open, create }) {
      for (const [held, wanted] of [
        [undefined, undefined],
        ['p-', 'p-'],
        [undefined, 'p-'],
        ['p-', undefined],
      ]) {
        const first = await open({ owner: held })
        const second = await create()
        const what = `open() for ${wanted ?? 'everyone'} while it is held for ${held ?? 'everyone'}`
        await rejectsWith('STORE_LOCKED', () => second.open?.(contextOf({ owner: wanted })), what)
        await first.close?.()
      }
    },
  },
]
