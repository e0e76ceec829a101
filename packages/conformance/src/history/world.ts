import type { MemoryHost } from '@sessionkeep/contracts/testing'
import type { SessionPool } from '@sessionkeep/core'
import type { Place } from '../frame/place.ts'
import type { FaultInjector } from './fault-injector.ts'
import type { FaultProxy, StoreObserver } from './fault-proxy.ts'
import type { HistoryStore, StoreKey } from './options.ts'
import type { Past, ReferenceStore } from './reference-store.ts'
import type { Selection } from './selection.ts'

/** One of the two stores of a history. Its data outlives the processes that use it. */
export interface Backend {
  readonly key: StoreKey
  readonly kind: HistoryStore
  /** The place of the store. If the store has no durability, each process gets another one. */
  place: Place
  reference: ReferenceStore
  readonly injector: FaultInjector
}

/** Facts about one incarnation, over all processes. */
export interface Life {
  /** All requests that were ever counted: no total may exceed this number. */
  counted: number
  createdAt: number | undefined
}

/** The changes that one process made to one incarnation. */
export interface ProcessLog {
  /** The requests that this process counted. */
  delta: number
  attribute: number | undefined
  draining: boolean | undefined
  /** The requests that earlier processes counted; undefined until the pool has verified the session. */
  base: number | undefined
  /**
   * Whether the pool has removed the session from memory. If the session returns, the pool reads the changes of this
   * process from the stores, too.
   */
  wasForgotten: boolean
}

/** The stored records of each incarnation, by store. */
export type Inheritance = Readonly<Record<StoreKey, ReadonlyMap<string, Past>>>

/** One simulated process: a pool, and the proxies through which it reaches its stores. */
export interface Process {
  readonly id: number
  readonly pool: SessionPool
  readonly selection: Selection
  /** The proxies for both stores, also for a store that the pool does not use. */
  readonly proxies: Readonly<Record<StoreKey, FaultProxy>>
  readonly observers: Readonly<Record<StoreKey, StoreObserver>>
  /** The records that were stored when this process started. */
  readonly atStart: Inheritance
  /** The records of earlier processes. They are read again if a predecessor ends after this process has started. */
  inherited: Inheritance
  /** False in a process that started before its predecessor ended, until it has attached every store. */
  settled: boolean
  /**
   * The process that ended after this one had started. This process may have overwritten the last records of that one,
   * including records that it had not read.
   */
  readonly predecessor: number | undefined
  readonly logs: Map<string, ProcessLog>
  /** The incarnations that this process created on the host. */
  readonly made: Set<string>
  /** The incarnations that this process killed on the host. */
  readonly ended: Set<string>
  /** The incarnations that this process deleted, each with the stores that have been active since then. */
  readonly deleted: Map<string, readonly StoreKey[]>
  dead: boolean
  /** Resolves when the process is killed. */
  readonly death: Promise<void>
  /** Simulates `kill -9`. */
  kill(): Promise<void>
}

/** The state of one history: everything that outlives its processes, and the faults that were found. */
export interface World {
  readonly host: MemoryHost
  readonly backends: Readonly<Record<StoreKey, Backend>>
  readonly lives: Map<string, Life>
  process: Process
  /** The number of processes that were started. */
  processes: number
  /** The number of sessions that were renamed by hand. */
  renamed: number
  /** The value to which an attribute was set last. Each value is used once. */
  tick: number
  /** Calls that a step did not wait for. */
  pending: Array<Promise<unknown>>
  /** The number of unfinished calls that create, save or delete the session of a workspace. */
  readonly busy: Map<string, number>
  isHostDown: boolean
  /** The number of unfinished switches. */
  switching: number
  /** Whether there was a rollback since the first unfinished switch began. */
  isRolledBack: boolean
  /** Functions that remove the directories of the history. */
  readonly cleanups: Array<() => void>
  readonly faults: string[]
  readonly trace: string[]
  /** How long the pool may take to write everything, in ms. */
  readonly patienceMs: number
  /** The pool's time-out of a store call, in ms. */
  timeoutMs: number
  /** The next random number of the history. */
  readonly nextRandom: () => number
  /** Waits until the history's scheduler resumes the caller. */
  readonly turn: (what: string) => Promise<void>
  /** Records a fault; the history then fails. */
  reportFault(message: string): void
}

export function lifeOf({ lives }: Pick<World, 'lives'>, incarnation: string | undefined): Life {
  const key = String(incarnation)
  const life = lives.get(key) ?? { counted: 0, createdAt: undefined }
  lives.set(key, life)
  return life
}

export function logOf({ logs }: Pick<Process, 'logs'>, incarnation: string | undefined): ProcessLog {
  const key = String(incarnation)
  const empty = { delta: 0, attribute: undefined, draining: undefined, base: undefined, wasForgotten: false }
  const log = logs.get(key) ?? empty
  logs.set(key, log)
  return log
}

/** The stored records that processes other than `but` wrote. */
export function pastOf({ backends: { A, B } }: World, but: number): Inheritance {
  return { A: A.reference.past(but), B: B.reference.past(but) }
}

/** The active stores of a process that retain records. */
export function activeStores({ backends }: World, { pool }: Process): StoreKey[] {
  const active = new Set(pool.persistence().stores.flatMap(({ store, active: is }) => (is ? [store] : [])))
  return (['A', 'B'] as const).filter((key) => active.has(key) && backends[key].kind.capabilities.retains)
}
