import type { MemoryHost } from '@sessionkeep/core'
import type { Place } from '../frame/place.ts'
import type { HistoryStore, StoreKey } from './options.ts'
import type { Process } from './process.ts'
import type { Shelf } from './shelf.ts'
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
