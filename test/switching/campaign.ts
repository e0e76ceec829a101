import { percentile } from '../../packages/bench/src/statistics.ts'

/** Whether the tests run in their long form, which prints figures. */
export const isCampaign = process.env.SESSIONKEEP_CAMPAIGN === 'switching'

/** A time-out that is long enough for every campaign. */
export const CAMPAIGN = { timeout: isCampaign ? 900_000 : 120_000 }

/** Prints a table of figures in a campaign. */
export function printTable(
  title: string,
  head: readonly string[],
  rows: ReadonlyArray<readonly (string | number)[]>,
): void {
  if (!isCampaign) return
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`
  process.stdout.write(`\n${[title, '', line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')}\n\n`)
}

export const ms = (value: number): string => `${value.toFixed(value < 10 ? 2 : 1)} ms`

export const LATENCIES = ['median', 'p99', 'p99.9', 'worst', 'requests']
export const latencyCells = (samples: readonly number[]): readonly (string | number)[] => [
  ...[0.5, 0.99, 0.999, 1].map((share) => ms(percentile(samples, share))),
  samples.length,
]
