import { setTimeout as delay } from 'node:timers/promises'
import {
  createSessionPool,
  type JsonObject,
  type MetadataOptions,
  type SessionPool,
  type SessionPoolOptions,
} from '@sessionkeep/core'
import { memoryHost } from '@sessionkeep/core/testing'
import { keyvStore } from '@sessionkeep/store-keyv'
import { UNTOUCHABLE, wrongAtRest } from './at-rest.ts'
import type { Fault } from './faults.ts'
import { type Load, serve } from './load.ts'

export interface OutageOptions {
  readonly uri: string
  readonly fault: Fault
  /** Stops the running server, for the fault `down`. */
  readonly takeDown: () => Promise<void>
  /** Applies the fault during the load; resolves when the server works again. */
  readonly takeAway: () => Promise<void>
  readonly sessions: number
  readonly perSecond: number
  readonly seconds: number
  /** Other options of the pool. */
  readonly metadata?: Omit<MetadataOptions, 'store' | 'mirror' | 'stores'>
  readonly timeoutMs?: number
  /** How long the pool may take to write everything after the load, in ms. */
  readonly patienceMs: number
}

export interface OutageResult {
  readonly load: Load
  /** Whether the pool has reported the failing store. */
  readonly wasDegraded: boolean
  /** The time from the end of the load until everything was written, in ms. */
  readonly catchUpMs: number
  /** The differences between store and pool at the end, and the unhandled rejections. */
  readonly wrong: readonly string[]
}

const silent = { debug() {}, info() {}, warn() {}, error() {} }
const EARLIER = 5

/** An earlier pool stores counts; then a pool serves during the outage, and the stored records are compared. */
export async function runOutage(options: OutageOptions): Promise<OutageResult> {
  const { uri, fault, sessions, metadata = {}, timeoutMs } = options
  const host = memoryHost()
  const workspaces = Array.from({ length: sessions }, (_, index) => `w${index}`)
  const store = (own: object = {}) => keyvStore({ uri, namespace: fault, ...own })
  const make = (more: Partial<SessionPoolOptions<JsonObject>>): SessionPool =>
    createSessionPool({ host, logger: silent, maxSessions: sessions, ...more })
  const unhandled: unknown[] = []
  const note = (error: unknown) => void unhandled.push(error)
  process.on('unhandledRejection', note).on('uncaughtException', note)
  await plant(store())
  await serveEarlier(make({ metadata: { store: store() } }), workspaces)
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
    // Records that an emptied server loses before the pool has read them cannot be restored.
    while (fault !== 'down' && pool.persistence().effective.reason !== 'ok') await delay(50)
    const [load] = await Promise.all([serve(pool, workspaces, options), options.takeAway()])
    const ended = performance.now()
    await open(reader, true)
    const expected = new Map(workspaces.map((name) => [name, EARLIER + (load.counted.get(name) ?? 0)]))
    const wrong = await wrongAtRest(pool, reader, expected, fault === 'emptied', options.patienceMs)
    const catchUpMs = performance.now() - ended
    return {
      load,
      wasDegraded,
      catchUpMs,
      wrong: [...wrong, ...unhandled.map((error) => `unhandled: ${String(error)}`)],
    }
  } finally {
    await pool.stop()
    await reader.close?.()
    process.off('unhandledRejection', note).off('uncaughtException', note)
  }
}

async function serveEarlier(pool: SessionPool, workspaces: readonly string[]): Promise<void> {
  await pool.start()
  for (const workspace of workspaces) {
    await pool.getOrCreateSession(workspace)
    for (let times = 0; times < EARLIER; times += 1) await pool.withRequest(workspace, () => undefined)
  }
  const { unsaved } = await pool.stop({ timeoutMs: 30_000 })
  if (unsaved.length > 0) throw new Error(`the earlier run has ${unsaved.length} unsaved sessions`)
}

async function plant(store: ReturnType<typeof keyvStore>): Promise<void> {
  await open(store, false)
  await store.setMany(UNTOUCHABLE, { signal: AbortSignal.timeout(30_000) })
  await store.close?.()
}

/** How long this machine now takes to open a store and to write and remove a hundred records, ms. */
export async function measuredMs(uri: string): Promise<number> {
  const store = keyvStore({ uri, namespace: 'measured' })
  const began = performance.now()
  await open(store, false)
  const records = new Map(Array.from({ length: 100 }, (_, at) => [`n${at}`, { at }]))
  await store.setMany(records, { signal: AbortSignal.timeout(30_000) })
  await store.deleteMany([...records.keys()], { signal: AbortSignal.timeout(30_000) })
  const took = performance.now() - began
  await store.close?.()
  return Math.ceil(took)
}

async function open(store: ReturnType<typeof keyvStore>, readOnly: boolean): Promise<void> {
  await store.open?.({ signal: AbortSignal.timeout(30_000), logger: silent, readOnly })
}
