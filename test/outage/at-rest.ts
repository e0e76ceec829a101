import { isDeepStrictEqual } from 'node:util'
import type { MetadataStore, SessionPool } from '@sessionkeep/core'

const FIELDS = ['incarnation', 'workspace', 'createdAt', 'lastActivityAt', 'totalRequests', 'status'] as const

/** Records under the pool's prefix that the pool must not change. */
export const UNTOUCHABLE: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  [
    'claude-foreign',
    {
      sessionName: 'claude-foreign',
      workspace: 'foreign',
      createdAt: 1,
      lastActivityAt: 2,
      totalRequests: 3,
      status: 'idle',
      pool: 'another',
    },
  ],
  ['claude-newer', { schemaVersion: 2, whatever: true }],
])

/** Waits until everything is written. Returns the differences between store and pool; empty if there is none. */
export async function wrongAtRest(
  pool: SessionPool,
  reader: MetadataStore,
  expected: ReadonlyMap<string, number>,
  isEmptied: boolean,
  patienceMs: number,
): Promise<string[]> {
  const until = performance.now() + patienceMs
  let wrong = ['nothing was compared']
  while (wrong.length > 0 && performance.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 100))
    wrong = await compare(pool, reader, expected, isEmptied)
  }
  return wrong
}

async function compare(
  pool: SessionPool,
  reader: MetadataStore,
  expected: ReadonlyMap<string, number>,
  isEmptied: boolean,
): Promise<string[]> {
  const { effective, stores } = pool.persistence()
  const dirty = stores.reduce((sum, store) => sum + store.dirty, 0)
  if (effective.reason !== 'ok' || dirty > 0) return [`persistence is ${effective.reason}, ${dirty} dirty`]
  const signal = AbortSignal.timeout(10_000)
  const views = pool.listSessions()
  const names: string[] = []
  for await (const name of reader.list({ signal })) names.push(name)
  const records = await reader.getMany(names, { signal })
  const wrong: string[] = []
  const others = isEmptied ? [] : [...UNTOUCHABLE.keys()]
  const wanted = [...views.map(({ sessionName }) => sessionName), ...others].sort()
  if (!isDeepStrictEqual(names.sort(), wanted)) wrong.push(`names: ${names.length} stored, ${wanted.length} wanted`)
  for (const view of views) {
    const record = records.get(view.sessionName) as Readonly<Record<string, unknown>> | undefined
    for (const field of FIELDS) {
      if (record?.[field] === view[field]) continue
      wrong.push(`${view.sessionName}: ${field} ${String(record?.[field])} stored, ${String(view[field])} in the pool`)
    }
    const total = expected.get(view.workspace)
    if (view.totalRequests !== total) wrong.push(`${view.sessionName}: ${view.totalRequests} requests, not ${total}`)
  }
  if (views.length !== expected.size) wrong.push(`${views.length} sessions, not ${expected.size}`)
  for (const name of others) {
    if (!isDeepStrictEqual(records.get(name), UNTOUCHABLE.get(name))) wrong.push(`${name} was touched`)
  }
  return wrong
}
