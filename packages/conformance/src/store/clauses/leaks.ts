import { getEventListeners } from 'node:events'
import { check } from '../../frame/check.ts'
import { eventually } from '../../frame/timeouts.ts'
import { everyCall, namesOf, read, remove, write } from '../calls.ts'
import { countResources } from '../resources.ts'
import { numbered } from '../samples.ts'
import type { StoreClause } from '../store-clause.ts'
import { contextOf, type StoreTrial } from '../trial.ts'

const ROUNDS = 8

async function useOnce({ create }: StoreTrial): Promise<void> {
  const store = await create()
  await store.open?.(contextOf())
  await write(store, numbered(20))
  await read(store, ['n1', 'n2'])
  await namesOf(store)
  await remove(store, ...Object.keys(numbered(20)))
  await store.close?.()
}

export const leakClauses: readonly StoreClause[] = [
  {
    id: 'leaks.resources',
    title: 'A closed store leaves no timer, handle, open file or process listener behind.',
    async run(trial) {
      // A resource that a library creates once, for all stores, is no leak. This first use creates it.
      await useOnce(trial)
      const count = countResources()
      try {
        const before = count.now()
        for (let round = 0; round < ROUNDS; round += 1) await useOnce(trial)
        const grown = () => {
          const after = count.now()
          return Object.keys(after).filter((kind) => (after[kind] ?? 0) - (before[kind] ?? 0) >= ROUNDS)
        }
        await eventually(() => grown().length === 0, `each of ${ROUNDS} stores left something behind`, 1500).catch(
          (error: Error) => check(false, `${error.message}: ${grown().join(', ')}`),
        )
      } finally {
        count.end()
      }
    },
  },
  {
    id: 'leaks.signals',
    title: 'Settled calls leave no listener on their signal.',
    async run({ create }) {
      const store = await create()
      const open = contextOf()
      await store.open?.(open)
      const listenersOf = (signal: AbortSignal) => getEventListeners(signal, 'abort').length
      const held = listenersOf(open.signal)
      const { signal } = new AbortController()
      for (let round = 0; round < ROUNDS; round += 1) {
        for (const { call } of everyCall(store, 'a', signal)) await call()
      }
      const left = listenersOf(signal)
      check(left < ROUNDS, `${left} listeners are left on the signal of ${ROUNDS} rounds of calls`)
      check(listenersOf(open.signal) - held < ROUNDS, 'the calls left listeners on the signal of open()')
    },
  },
]
