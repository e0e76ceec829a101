import fc from 'fast-check'
import type { Weather } from './gate.ts'

const WORKSPACES = ['a', 'b', 'c'] as const

/** One step of a history; `wait: false` does not wait for its end before the next. */
export type Command =
  | { readonly kind: 'create' | 'save'; readonly workspace: string; readonly wait: boolean }
  | { readonly kind: 'delete'; readonly workspace: string; readonly wait: boolean; readonly force: boolean }
  | { readonly kind: 'drain'; readonly workspace: string; readonly draining: boolean }
  | { readonly kind: 'start' | 'complete' | 'touch' | 'attribute'; readonly workspace: string }
  | { readonly kind: 'discover'; readonly wait: boolean }
  | { readonly kind: 'killed' | 'renamed' | 'added' | 'recreated' | 'exited'; readonly workspace: string }
  | { readonly kind: 'host'; readonly up: boolean }
  | { readonly kind: 'weather'; readonly weather: Weather }
  | { readonly kind: 'pause'; readonly ms: number }
  | { readonly kind: 'restart' | 'crash' | 'handover' | 'rest' }

const workspace = fc.constantFrom(...WORKSPACES)
const wait = fc.boolean()
const kinds = <Kind extends Command['kind']>(...all: Kind[]) => fc.constantFrom(...all)

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: kinds('create', 'save'), workspace, wait }) },
  { weight: 6, arbitrary: fc.record({ kind: kinds('start', 'complete', 'touch', 'attribute'), workspace }) },
  { weight: 2, arbitrary: fc.record({ kind: kinds('delete'), workspace, wait, force: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: kinds('drain'), workspace, draining: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: kinds('discover'), wait }) },
  { weight: 2, arbitrary: fc.record({ kind: kinds('killed', 'renamed', 'added', 'recreated', 'exited'), workspace }) },
  { weight: 1, arbitrary: fc.record({ kind: kinds('host'), up: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: kinds('weather'),
      weather: fc.constantFrom<Weather>('fine', 'before', 'after', 'late'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: kinds('pause'), ms: fc.nat(25) }) },
  { weight: 2, arbitrary: fc.record({ kind: kinds('restart', 'crash', 'handover', 'rest') }) },
)

export interface History {
  readonly durability: 'process' | 'power'
  readonly commands: readonly Command[]
}

export const history: fc.Arbitrary<History> = fc.record({
  durability: fc.oneof(
    { weight: 9, arbitrary: fc.constant('process' as const) },
    { weight: 1, arbitrary: fc.constant('power' as const) },
  ),
  commands: fc.array(command, { minLength: 5, maxLength: 30, size: 'max' }),
})
