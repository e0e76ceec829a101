import { setImmediate as nextTurn } from 'node:timers/promises'

export type Verb = 'open' | 'getMany' | 'list' | 'setMany' | 'deleteMany' | 'setAside'

const GROUPS = {
  all: ['open', 'getMany', 'list', 'setMany', 'deleteMany', 'setAside'],
  reads: ['getMany', 'list'],
  writes: ['setMany', 'deleteMany', 'setAside'],
  openings: ['open'],
} as const satisfies Record<string, readonly Verb[]>

export type Concerned = keyof typeof GROUPS
export const CONCERNED = Object.keys(GROUPS) as readonly Concerned[]

/**
 * How a store behaves:
 *
 * - `before`: calls fail undone; `after`: what is to be written is, and the call fails all the same.
 * - `late`: calls pass their deadline, and are done after it.
 * - `part`: some names of a batch fail.
 * - `held`: calls wait, deaf to their signals, until one is released or the weather changes.
 */
export const KINDS = ['fine', 'before', 'after', 'late', 'part', 'held'] as const
export type Kind = (typeof KINDS)[number]

/** What becomes of a call that was held: `unheard` is done, and fails all the same. */
export const ENDINGS = ['done', 'undone', 'unheard'] as const
export type Ending = (typeof ENDINGS)[number]

export interface Weather {
  readonly kind: Kind
  readonly on: Concerned
}

/** The weather over one store, whichever process uses it. */
export function createSky() {
  let weather: Weather = { kind: 'fine', on: 'all' }
  let held: Array<(ending: Ending) => void> = []
  return {
    over: (verb: Verb): Kind => ((GROUPS[weather.on] as readonly Verb[]).includes(verb) ? weather.kind : 'fine'),
    become(next: Weather): void {
      weather = next
      const before = held
      held = []
      for (const release of before) release('done')
    },
    hold: (): Promise<Ending> => new Promise((resolve) => held.push(resolve)),
    /** Lets one held call go, the `at`-th, counted round and round. */
    release(at: number, ending: Ending): void {
      const [release] = held.splice(held.length === 0 ? 0 : at % held.length, 1)
      release?.(ending)
    },
  }
}

export type Sky = ReturnType<typeof createSky>

/** Lets the event loop turn so many times. */
export async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await nextTurn()
}
