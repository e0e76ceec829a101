import { type Rounds, type Spread, type Summary, summarize } from '../statistics.ts'

/** `us`: with persistence. `none`: the same without. `limit`: the least that it could cost. `peer`: what others do. */
export type Role = 'us' | 'none' | 'limit' | 'peer'

/** One line of the figures; times in ms. */
export interface Figure extends Summary {
  readonly what: string
  readonly role: Role
  /** Beside its control, the median of each round. */
  readonly ratio?: Spread
  readonly note?: string
}

/** What was promised, and whether this run kept it. */
export interface Bar {
  readonly bar: string
  readonly unit: 'ratio' | 'ms'
  readonly value: number
  readonly limit: number
  readonly spread?: Spread
  /** What the bare safe write had of the same in this run: a machine where that is over the limit can hold no such bar. */
  readonly control?: number
  readonly held: boolean
}

/** What one measurement gives. */
export interface Result {
  readonly name: string
  readonly title: string
  readonly figures: readonly Figure[]
  readonly bars: readonly Bar[]
  /** How to read the figures. */
  readonly notes: readonly string[]
}

export function figure(role: Role, what: string, rounds: Rounds, more: Pick<Figure, 'ratio' | 'note'> = {}): Figure {
  return { what, role, ...summarize(rounds), ...more }
}

/** At most `limit` times the control, by the median over the rounds. */
export function ratioBar(bar: string, spread: Spread, limit: number): Bar {
  return { bar, unit: 'ratio', value: spread.median, limit, spread, held: spread.median <= limit }
}

/** Less than `limit` ms. */
export function timeBar(bar: string, value: number, limit: number, control?: number): Bar {
  return { bar, unit: 'ms', value, limit, ...(control === undefined ? {} : { control }), held: value < limit }
}
