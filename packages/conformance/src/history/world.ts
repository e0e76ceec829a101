import type { MemoryHost, SessionPool } from '@sessionkeep/core'
import type { Place } from '../frame/place.ts'
import type { Gate, Watched } from './gate.ts'
import type { HistoryStore, StoreKey } from './options.ts'
import type { Selection } from './selection.ts'
import type { Past, Shelf } from './shelf.ts'
import type { Sky } from './weather.ts'

/** One of the two stores of a history: what outlives the processes that use it. */
export interface Ground {
  readonly key: StoreKey
  readonly kind: HistoryStore
  /** Another one for each process where nothing survives. */
  place: Place
  shelf: Shelf
  readonly sky: Sky
}

/** What is known of one incarnation over all processes. */
export interface Life {
  /** Requests that were ever counted: no total is above it. */
  counted: number
  createdAt: number | undefined
}

/** What one process did to one incarnation. */
export interface Deeds {
  /** Requests that it counted. */
  delta: number
  attribute: number | undefined
  draining: boolean | undefined
  /** What earlier processes had counted, once that is known. */
  base: number | undefined
  /** Whether it has left the pool's memory: if it comes back, what this process did is past like any other. */
  hasLeft: boolean
}

/** What the stores had of each incarnation. */
export type Inheritance = Readonly<Record<StoreKey, ReadonlyMap<string, Past>>>

/** One process: a pool and its ways to the outside. */
export interface Process {
  readonly id: number
  readonly pool: SessionPool
  readonly selection: Selection
  /** Its ways to both stores, whichever it uses. */
  readonly gates: Readonly<Record<StoreKey, Gate>>
  readonly watched: Readonly<Record<StoreKey, Watched>>
  /** What the stores had when it began, and, after a predecessor that ended later, what that one left. */
  readonly atStart: Inheritance
  inherited: Inheritance
  /** False while a predecessor has not ended, and this one has not had every store to itself since. */
  settled: boolean
  /** Whether a predecessor ended after it began: it may have written over what that one left before anybody looked. */
  readonly overlaps: boolean
  readonly deeds: Map<string, Deeds>
  /** Incarnations that it made, ended, and deleted. */
  readonly made: Set<string>
  readonly ended: Set<string>
  /** With the stores that have been active since then. */
  readonly deleted: Map<string, readonly StoreKey[]>
  dead: boolean
  /** Fulfils when it is killed. */
  readonly death: Promise<void>
  /** As `kill -9`. */
  kill(): Promise<void>
}

/** What outlives the processes, and what is found out about them. */
export interface World {
  readonly host: MemoryHost
  readonly grounds: Readonly<Record<StoreKey, Ground>>
  readonly lives: Map<string, Life>
  process: Process
  /** How many processes there were, and how many sessions were renamed. */
  processes: number
  renamed: number
  tick: number
  /** Calls that nobody waited for, and the workspaces that are being made or ended by some of them. */
  pending: Array<Promise<unknown>>
  readonly busy: Map<string, number>
  isHostDown: boolean
  /** Switches under way, and whether there was a rollback since the first of them. */
  switching: number
  isRolledBack: boolean
  /** What is to be removed after the history. */
  readonly cleanups: Array<() => void>
  readonly faults: string[]
  readonly trace: string[]
  /** How long it may take until all is at rest, ms. */
  readonly patienceMs: number
  /** The pool's deadline of a store call, ms. */
  timeoutMs: number
  readonly lot: () => number
  /** Waits until it is let go on, in an order that is the history's. */
  readonly turn: (what: string) => Promise<void>
  complain(message: string): void
}

export function lifeOf({ lives }: Pick<World, 'lives'>, incarnation: string | undefined): Life {
  const key = String(incarnation)
  const life = lives.get(key) ?? { counted: 0, createdAt: undefined }
  lives.set(key, life)
  return life
}

export function deedsOf({ deeds }: Pick<Process, 'deeds'>, incarnation: string | undefined): Deeds {
  const key = String(incarnation)
  const none = { delta: 0, attribute: undefined, draining: undefined, base: undefined, hasLeft: false }
  const done = deeds.get(key) ?? none
  deeds.set(key, done)
  return done
}

/** What the stores have that other processes wrote. */
export function pastOf({ grounds: { A, B } }: World, but: number): Inheritance {
  return { A: A.shelf.past(but), B: B.shelf.past(but) }
}

/** Those of the two stores that the pool of a process relies on, and that keep what they are given. */
export function inForce({ grounds }: World, { pool }: Process): StoreKey[] {
  const relied = new Set(pool.persistence().stores.flatMap(({ store, active: is }) => (is ? [store] : [])))
  return (['A', 'B'] as const).filter((key) => relied.has(key) && grounds[key].kind.capabilities.retains)
}
