import { setTimeout as delay } from 'node:timers/promises'
import {
  createSessionPool,
  type JsonObject,
  type MetadataOptions,
  memoryHost,
  type SessionPool,
  type SessionPoolOptions,
} from '@sessionkeep/core'
import { keyvStore } from '@sessionkeep/store-keyv'
import { UNTOUCHABLE, wrongAtRest } from './at-rest.ts'
import type { Fault } from './faults.ts'
import { type Load, serve } from './load.ts'

export interface OutageOptions {
  readonly uri: string
  readonly fault: Fault
  /** Makes the server, which runs, go away for good, where it is to be down at the start. */
  readonly takeDown: () => Promise<void>
  /** What happens to it during the load; it is back once that has resolved. */
  readonly befall: () => Promise<void>
  readonly sessions: number
  readonly perSecond: number
  readonly seconds: number
  /** Of pool and store; defaults where they are not given. */
  readonly metadata?: Omit<MetadataOptions, 'store' | 'mirror' | 'stores'>
  readonly timeoutMs?: number
  /** How long it may take until all is written, once the load has ended, ms. */
  readonly patienceMs: number
}

export interface OutageResult {
  readonly load: Load
  /** Whether the pool knew, meanwhile, that its store failed. */
  readonly wasDegraded: boolean
  /** From the end of the load until all was written, ms. */
  readonly catchUpMs: number
  /** What the store lacks at rest, and what rejected unheard. */
  readonly wrong: readonly string[]
}

const silent = { debug() {}, info() {}, warn() {}, error() {} }
const EARLIER = 5

/** An earlier run leaves counts behind; then a pool serves through the outage, and what is stored is compared. */
export async function runOutage(options: OutageOptions): Promise<OutageResult> {
  const { uri, fault, sessions, metadata = {}, timeoutMs } = options
  const host = memoryHost()
  const workspaces = Array.from({ length: sessions }, (_, index) => `w${index}`)
  const store = (own: object = {}) => keyvStore({ uri, namespace: fault, ...own })
  const make = (more: Partial<SessionPoolOptions<JsonObject>>): SessionPool =>
    createSessionPool({ host, logger: silent, maxSessions: sessions, ...more })
  const unheard: unknown[] = []
  const note = (error: unknown) => void unheard.push(error)
  process.on('unhandledRejection', note).on('uncaughtException', note)
  await plant(store())
  await live(make({ metadata: { store: store() } }), workspaces)
  if (fault === 'down') await options.takeDown()

  const pool = make({ metadata: { ...metadata, store: store(timeoutMs === undefined ? {} : { timeoutMs }) } })
  const reader = store()
  try {
    let wasDegraded = false
    pool.on('store:degraded', () => {
      wasDegraded = true
    })
    await pool.start()
    wasDegraded ||= pool.persistence().effective.reason === 'degraded'
    // What an emptied server forgets before it was read, nobody knows.
    while (fault !== 'down' && pool.persistence().effective.reason !== 'ok') await delay(50)
    const [load] = await Promise.all([serve(pool, workspaces, options), options.befall()])
    const ended = performance.now()
    await open(reader, true)
    const expected = new Map(workspaces.map((name) => [name, EARLIER + (load.counted.get(name) ?? 0)]))
    const wrong = await wrongAtRest(pool, reader, expected, fault === 'emptied', options.patienceMs)
    const catchUpMs = performance.now() - ended
    return { load, wasDegraded, catchUpMs, wrong: [...wrong, ...unheard.map((error) => `unheard: ${String(error)}`)] }
  } finally {
    await pool.stop()
    await reader.close?.()
    process.off('unhandledRejection', note).off('uncaughtException', note)
  }
}

async function live(pool: SessionPool, workspaces: readonly string[]): Promise<void> {
  await pool.start()
  for (const workspace of workspaces) {
    await pool.getOrCreateSession(workspace)
    for (let times = 0; times < EARLIER; times += 1) await pool.withRequest(workspace, () => undefined)
  }
  const { unsaved } = await pool.stop({ timeoutMs: 30_000 })
  if (unsaved.length > 0) throw new Error(`the earlier run left ${unsaved.length} unsaved`)
}

async function plant(store: ReturnType<typeof keyvStore>): Promise<void> {
  await open(store, false)
  await store.setMany(UNTOUCHABLE, { signal: AbortSignal.timeout(30_000) })
  await store.close?.()
}

async function open(store: ReturnType<typeof keyvStore>, readOnly: boolean): Promise<void> {
  await store.open?.({ signal: AbortSignal.timeout(30_000), logger: silent, readOnly })
}
