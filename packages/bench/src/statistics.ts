/** The samples of one subject, in ms, by round. A round holds samples that were taken close together. */
export type Rounds = readonly (readonly number[])[]

/** The median and the range of a ratio over the rounds. */
export interface Spread {
  readonly median: number
  readonly low: number
  readonly high: number
}

/** The smallest sample that at least `share` of all samples do not exceed (nearest rank). NaN for none. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = Float64Array.from(samples).sort()
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
}

export const median = (samples: readonly number[]): number => percentile(samples, 0.5)

export interface Summary {
  readonly samples: number
  readonly median: number
  readonly p99: number
  readonly worst: number
}

export function summarize(rounds: Rounds): Summary {
  const all = rounds.flat()
  return { samples: all.length, median: median(all), p99: percentile(all, 0.99), worst: percentile(all, 1) }
}

/** Subtracts the control from the subject, sample by sample, because they were taken side by side. */
export function added(subject: Rounds, control: Rounds): Rounds {
  return subject.map((round, at) => round.map((sample, index) => sample - sampleBeside(control, at, index)))
}

/** Returns `of(subject) / of(control)` for each round. What slows a whole round down cancels out. */
export function ratio(subject: Rounds, control: Rounds, of: (samples: readonly number[]) => number = median): Spread {
  const ratios = subject.map((round, at) => of(round) / of(control[at] ?? []))
  return { median: median(ratios), low: Math.min(...ratios), high: Math.max(...ratios) }
}

/** Divides each sample by `by`. */
export function per(rounds: Rounds, by: number): Rounds {
  return rounds.map((round) => round.map((sample) => sample / by))
}

function sampleBeside(rounds: Rounds, at: number, index: number): number {
  const sample = rounds[at]?.[index]
  if (sample === undefined) throw new RangeError(`round ${at} has no sample ${index} in the control`)
  return sample
}
