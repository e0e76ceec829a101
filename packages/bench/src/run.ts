import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { type Machine, machine } from './machine.ts'
import type { MeasurementName } from './measurements/all.ts'
import type { Options } from './options.ts'
import type { Result } from './report/result.ts'
import { render, renderVerdicts } from './report/table.ts'

/** How {@link run} measures and where it writes. */
export interface RunOptions {
  /** Runs one measurement; the program runs each in a process of its own. */
  measure(name: MeasurementName, quick: boolean): Promise<Result>
  write(text: string): void
  /** The path to which the figures are written as JSON. */
  readonly file: string
}

export interface Report {
  readonly takenAt: string
  readonly quick: boolean
  readonly machine: Machine
  readonly results: readonly Result[]
}

/** Runs the selected measurements one after the other, and prints each result as soon as it is ready. */
export async function run({ only, quick }: Options, { measure, write, file }: RunOptions): Promise<Report> {
  const on = machine()
  write(`# sessionkeep bench${quick ? ', quick: a trial run, not figures to quote' : ''}\n`)
  write(
    `${Object.entries(on)
      .map(([key, value]) => `${key} ${value}`)
      .join(' · ')}\n\n`,
  )
  const results: Result[] = []
  for (const name of only) {
    const result = await measure(name, quick)
    results.push(result)
    write(`${render(result)}\n`)
  }
  write(renderVerdicts(results))
  const report = { takenAt: new Date().toISOString(), quick, machine: on, results }
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`)
  return report
}
