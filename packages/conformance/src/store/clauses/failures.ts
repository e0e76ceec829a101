import type { MetadataStore } from '@sessionkeep/contracts'
import { check, codeOf, rejection, rejectsWith, same, settle } from '../../frame/check.ts'
import { notApplicable } from '../../frame/clause.ts'
import { eventually, withTimeout } from '../../frame/timeouts.ts'
import { everyCall, namesOf, read, setAsideOf, write } from '../calls.ts'
import type { StoreClause } from '../store-clause.ts'
import { contextOf } from '../trial.ts'

const PATIENCE_MS = 3000
/** How long a store gets to notice that its server has ended. */
const NOTICED_MS = 300

/** Waits until the store works again. A store that rejects with `STORE_CLOSED` is opened again. */
async function worksAgain(store: MetadataStore): Promise<void> {
  await eventually(async () => !('error' in (await listing(store))), 'the store does not work again')
}

/** The outcome of list(). A store that rejects with `STORE_CLOSED` is opened again, as core would do. */
async function listing(store: MetadataStore): Promise<object> {
  const outcome = await settle(() => namesOf(store))
  if ('error' in outcome && codeOf(outcome.error) === 'STORE_CLOSED') {
    await store.close?.()
    await settle(() => store.open?.(contextOf()))
  }
  return outcome
}

export const failureClauses: readonly StoreClause[] = [
  {
    id: 'failures.outage',
    title: 'An outage is a rejection, never an empty answer.',
    needs: 'cause.outage',
    async run({ open, cause }) {
      const store = await open()
      await write(store, { a: { n: 1 } })
      const restore = await cause('outage')
      for (const name of ['a', 'never there']) {
        for (const { verb, call } of everyCall(store, name, AbortSignal.timeout(PATIENCE_MS))) {
          const what = `${verb}() of ${name} during an outage`
          await withTimeout(PATIENCE_MS * 2, what, rejection(call, what))
        }
      }
      await restore()
      await worksAgain(store)
      same(await read(store, ['a', 'never there']), { a: { n: 1 } }, 'the records after the outage')
    },
  },
  {
    id: 'failures.open',
    title: 'open(): Rejects with a `StoreError`, and may then be called again.',
    needs: 'cause.outage',
    async run({ open, create, cause }) {
      const first = await open()
      await write(first, { a: { n: 1 } })
      await first.close?.()
      const restore = await cause('outage')
      const store = await create()
      if (!store.open) return notApplicable('the store has no open()')
      const opening = () => store.open?.(contextOf({ signal: AbortSignal.timeout(PATIENCE_MS) }))
      const error = await withTimeout(PATIENCE_MS * 2, 'open()', rejection(opening, 'open() during an outage'))
      check(codeOf(error)?.startsWith('STORE_') === true, `open() must reject with a StoreError, not: ${error}`)
      await restore()
      await eventually(async () => !('error' in (await settle(opening))), 'the store does not open')
      same(await read(store, ['a']), { a: { n: 1 } }, 'the stored records')
    },
  },
  {
    id: 'failures.lost',
    title:
      'onLost: The store may call this when it finds, without being asked, that its connection or its lease is lost. From then on its calls reject with `STORE_CLOSED` until it is closed and opened again.',
    needs: 'cause.outage',
    async run({ open, cause }) {
      const lost: unknown[] = []
      const onLost = (error: unknown) => void lost.push(error)
      const store = await open({ onLost })
      await write(store, { a: { n: 1 } })
      const restore = await cause('outage')
      await settle(() => eventually(() => lost.length > 0, 'it is not called', NOTICED_MS))
      if (lost.length === 0) return notApplicable('the store does not call it')
      check(codeOf(lost[0])?.startsWith('STORE_') === true, `it must be called with a StoreError, not: ${lost[0]}`)
      await restore()
      await rejectsWith('STORE_CLOSED', () => read(store, ['a']), 'getMany() before the store is opened again')
      same(lost.length, 1, 'the number of times that it was called')
      await worksAgain(store)
      same(await read(store, ['a']), { a: { n: 1 } }, 'the records')
    },
  },
  {
    id: 'failures.hang',
    title: 'A call that hangs settles soon after its signal is aborted.',
    needs: 'cause.hang',
    async run({ open, cause }) {
      const store = await open()
      await write(store, { a: { n: 1 } })
      const restore = await cause('hang')
      for (const { verb, call } of everyCall(store, 'b', AbortSignal.timeout(200))) {
        await withTimeout(PATIENCE_MS, `${verb}() past its signal`, settle(call))
      }
      await restore()
      await worksAgain(store)
      same(await read(store, ['a']), { a: { n: 1 } }, 'the stored records')
    },
  },
  {
    id: 'failures.unreadable',
    title:
      'A name whose record cannot be read is in the `failed` of a `StoreBatchError` with `STORE_RECORD_UNREADABLE`.',
    needs: 'cause.unreadable',
    async run({ open, spoil }) {
      const store = await open()
      await write(store, { a: { n: 1 }, bad: { n: 2 }, z: { n: 3 } })
      await spoil('bad')
      await listing(store)
      const error = await rejection(() => read(store, ['a', 'bad', 'absent', 'z']), 'getMany() of a spoilt record')
      const { failed, values } = error as { failed?: Map<string, unknown>; values?: Map<string, unknown> }
      same([...(failed?.keys() ?? [])], ['bad'], `the failed names of ${error}`)
      same(codeOf(failed?.get('bad')), 'STORE_RECORD_UNREADABLE', 'the code of the failed name')
      same(Object.fromEntries(values ?? []), { a: { n: 1 }, z: { n: 3 } }, 'the records of the others')
    },
  },
  {
    id: 'failures.unreadable-listed',
    title: 'list(): Lists every stored name, also those of unreadable records.',
    needs: 'cause.unreadable',
    async run({ open, spoil }) {
      const store = await open()
      await write(store, { a: { n: 1 }, bad: { n: 2 }, z: { n: 3 } })
      await spoil('bad')
      await listing(store)
      same((await namesOf(store)).sort(), ['a', 'bad', 'z'], 'the names')
    },
  },
  {
    id: 'failures.unreadable-aside',
    title: 'After setAside() of a record that could not be read, its name is absent and can be written.',
    needs: 'cause.unreadable',
    async run({ open, spoil }) {
      const store = await open()
      const setAside = setAsideOf(store)
      await write(store, { a: { n: 1 }, bad: { n: 2 } })
      await spoil('bad')
      await listing(store)
      await setAside('bad')
      same(await read(store, ['a', 'bad']), { a: { n: 1 } }, 'the records after setAside()')
      same(await namesOf(store), ['a'], 'the names')
      await write(store, { bad: { n: 4 } })
      same(await read(store, ['bad']), { bad: { n: 4 } }, 'the record written after setAside()')
    },
  },
]
