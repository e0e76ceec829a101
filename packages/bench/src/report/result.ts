import { type Rounds, type Spread, type Summary, summarize } from '../statistics.ts'

/**
 * The role of a figure. `us`: with persistence. `none`: the same without. `limit`: the least possible cost. `peer`:
 * other libraries.
 */
export type Role = 'us' | 'none' | 'limit' | 'peer'

/** A row of the figures; times in ms. */
export interface Figure extends Summary {
  readonly what: string
  readonly role: Role
  /** The ratio to its control, by the medians of each round. */
  readonly ratio?: Spread
  readonly note?: string
}

/** A promised limit, and whether this run kept it. */
export interface Bar {
  readonly bar: string
  readonly unit: 'ratio' | 'ms' | 'MB'
  readonly value: number
  readonly limit: number
  readonly spread?: Spread
  /** The time of the bare safe write in this run. A machine on which it is above the limit cannot keep the bar. */
  readonly control?: number
  readonly held: boolean
}

/** The result of a measurement. */
export interface Result {
  readonly name: string
  readonly title: string
  readonly figures: readonly Figure[]
  readonly bars: readonly Bar[]
  /** Notes on how to read the figures. */
  readonly notes: readonly string[]
}

/** Makes a figure from rounds of samples. */
export function figure(role: Role, what: string, rounds: Rounds, more: Pick<Figure, 'ratio' | 'note'> = {}): Figure {
  return { what, role, ...summarize(rounds), ...more }
}

/** A bar: at most `limit` times the control, by the median over the rounds. */
export function ratioBar(bar: string, spread: Spread, limit: number): Bar {
  return { bar, unit: 'ratio', value: spread.median, limit, spread, held: spread.median <= limit }
}

/** A bar: less than `limit` ms. */
export function timeBar(bar: string, value: number, limit: number, control?: number): Bar {
  return { bar, unit: 'ms', value, limit, ...(control === undefined ? {} : { control }), held: value < limit }
}
