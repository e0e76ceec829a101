import type { MetadataStore } from '@sessionkeep/contracts'
import { check, codeOf, rejectsWith, same, settle } from '../../frame/check.ts'
import { notApplicable } from '../../frame/clause.ts'
import { sleep } from '../../frame/timeouts.ts'
import { everyCall, namesOf, read, write } from '../calls.ts'
import { numbered } from '../samples.ts'
import { isDurable, type StoreClause } from '../store-clause.ts'
import { contextOf, opensReadOnly } from '../trial.ts'

async function refusesAll(store: MetadataStore, when: string): Promise<void> {
  for (const { verb, call } of everyCall(store, 'a')) await rejectsWith('STORE_CLOSED', call, `${verb}() ${when}`)
}

export const lifeCycleClauses: readonly StoreClause[] = [
  {
    id: 'life.unopened',
    title: 'Calls on a store that is not open reject with `STORE_CLOSED`: before open().',
    async run({ create, open }) {
      const store = await create()
      if (!store.open) return notApplicable('the store has no open()')
      await refusesAll(store, 'before open()')
      same(await namesOf(await open()), [], 'the names')
    },
  },
  {
    id: 'life.closed',
    title: 'Calls on a store that is not open reject with `STORE_CLOSED`: after close().',
    async run({ open }) {
      const store = await open()
      if (!store.close) return notApplicable('the store has no close()')
      await store.close()
      await refusesAll(store, 'after close()')
    },
  },
  {
    id: 'life.opening',
    title: 'open() makes the store usable; a call made during open() waits or rejects with `STORE_CLOSED`.',
    async run({ create }) {
      const store = await create()
      const opening = settle(() => store.open?.(contextOf()))
      const outcomes = await Promise.all(everyCall(store, 'a').map(({ call }) => settle(call)))
      const opened = await opening
      if ('error' in opened) throw opened.error
      for (const outcome of outcomes) {
        if ('error' in outcome) same(codeOf(outcome.error), 'STORE_CLOSED', 'the code of a call while it opens')
      }
      for (const { call } of everyCall(store, 'b')) await call()
    },
  },
  {
    id: 'life.close-waits',
    title: 'close(): Waits for running calls, then releases locks, handles and timers.',
    async run({ open, next, capabilities }) {
      const store = await open()
      const records = numbered(100)
      let settled = false
      const writing = settle(() => write(store, records)).then((outcome) => {
        settled = true
        return outcome
      })
      await store.close?.()
      await sleep(0)
      check(settled, 'close() resolved while a call was under way')
      const again = await next(store)
      if (!isDurable(capabilities) || 'error' in (await writing)) return
      same(await read(again, Object.keys(records)), records, 'the records acknowledged during close()')
    },
  },
  {
    id: 'life.closing',
    title: 'A call made during close() is done or rejects with `STORE_CLOSED`; its acknowledged records are stored.',
    async run({ open, next, capabilities }) {
      const store = await open()
      const closing = settle(() => store.close?.())
      const outcome = await settle(() => write(store, { late: { n: 1 } }))
      const closed = await closing
      if ('error' in closed) throw closed.error
      if ('error' in outcome) same(codeOf(outcome.error), 'STORE_CLOSED', 'the code of a call while it closes')
      else if (isDurable(capabilities)) same(await read(await next(store), ['late']), { late: { n: 1 } }, 'the write')
    },
  },
  {
    id: 'life.close-again',
    title: 'Closing a store that is not open succeeds.',
    async run({ create, open }) {
      await (await create()).close?.()
      const store = await open()
      await Promise.all([store.close?.(), store.close?.()])
      await store.close?.()
    },
  },
  {
    id: 'life.reopen',
    title:
      'The pool: It opens a store before it uses it, and may close and open it again at any time: to try for a lock, and after failures.',
    async run({ open, capabilities }) {
      const store = await open()
      for (let round = 1; round <= 3; round += 1) {
        await write(store, { [`r${round}`]: { round } })
        await store.close?.()
        await store.open?.(contextOf())
        const atLeast = isDurable(capabilities) ? round : 0
        const found = await read(store, ['r1', 'r2', 'r3'])
        check(
          Object.keys(found).length >= atLeast,
          `after ${round} round(s) only these records are left: ${Object.keys(found)}`,
        )
        for (const { call } of everyCall(store, 'x')) await call()
      }
    },
  },
  {
    id: 'life.read-only',
    title:
      'readOnly: True: the store takes no lock and changes nothing, and writing calls reject with `STORE_READ_ONLY`. A store that is not shared may reject `open()` with `STORE_LOCKED` while another store has its backend open.',
    async run({ open, create, capabilities }) {
      const writer = await open()
      await write(writer, { a: { n: 1 } })
      const reader = isDurable(capabilities) ? await create() : writer
      if (reader === writer) await writer.close?.()
      if (!reader.open) return notApplicable('the store has no open()')
      const isBeside = await opensReadOnly(reader, capabilities)
      if (!isBeside) {
        await writer.close?.()
        await reader.open(contextOf({ readOnly: true }))
      }
      for (const { verb, writes, call } of everyCall(reader, 'a')) {
        if (writes) await rejectsWith('STORE_READ_ONLY', call, `${verb}() of a store opened read-only`)
        else await call()
      }
      if (!isDurable(capabilities)) return
      same(await read(reader, ['a']), { a: { n: 1 } }, 'the record that a reader reads')
      if (!isBeside) return
      await write(writer, { a: { n: 2 } })
      same(await read(writer, ['a']), { a: { n: 2 } }, 'the record that the writer reads while a reader is open')
    },
  },
]
