import { setImmediate as nextTurn } from 'node:timers/promises'

export type Verb = 'open' | 'getMany' | 'list' | 'setMany' | 'deleteMany' | 'setAside'

const GROUPS = {
  all: ['open', 'getMany', 'list', 'setMany', 'deleteMany', 'setAside'],
  reads: ['getMany', 'list'],
  writes: ['setMany', 'deleteMany', 'setAside'],
  openings: ['open'],
} as const satisfies Record<string, readonly Verb[]>

export type CallGroup = keyof typeof GROUPS
export const CALL_GROUPS = Object.keys(GROUPS) as readonly CallGroup[]

/**
 * How the calls to a store fail:
 *
 * - `none`: they do not fail.
 * - `before`: they fail and change nothing.
 * - `after`: a write takes effect, but its call fails.
 * - `late`: they take effect after their time-out.
 * - `part`: some names of a batch fail.
 * - `held`: they wait and ignore their signals, until they are released or the fault changes.
 */
export const FAULT_KINDS = ['none', 'before', 'after', 'late', 'part', 'held'] as const
export type FaultKind = (typeof FAULT_KINDS)[number]

/** How a held call ends. */
export const ENDINGS = ['done', 'undone', 'done-then-failed'] as const
export type Ending = (typeof ENDINGS)[number]

export interface Fault {
  readonly kind: FaultKind
  readonly on: CallGroup
}

/** Decides how calls to one store fail, for every process that uses it. */
export function createFaultInjector() {
  let fault: Fault = { kind: 'none', on: 'all' }
  let held: Array<(ending: Ending) => void> = []
  return {
    faultOf: (verb: Verb): FaultKind => ((GROUPS[fault.on] as readonly Verb[]).includes(verb) ? fault.kind : 'none'),
    /** Replaces the fault, and completes the held calls. */
    set(next: Fault): void {
      fault = next
      const before = held
      held = []
      for (const release of before) release('done')
    },
    /** Waits until the call is released. */
    hold: (): Promise<Ending> => new Promise((resolve) => held.push(resolve)),
    /** Releases one held call: the one at index `at` modulo the number of held calls. */
    release(at: number, ending: Ending): void {
      const [release] = held.splice(held.length === 0 ? 0 : at % held.length, 1)
      release?.(ending)
    },
  }
}

export type FaultInjector = ReturnType<typeof createFaultInjector>

/** Waits for `count` turns of the event loop. */
export async function eventLoopTurns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await nextTurn()
}
