import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { type Machine, machine } from './machine.ts'
import type { MeasurementName } from './measurements/all.ts'
import type { Options } from './options.ts'
import type { Result } from './report/result.ts'
import { render, renderVerdicts } from './report/table.ts'

export interface Surroundings {
  /** Measures one; in the program, in a process of its own. */
  measure(name: MeasurementName, quick: boolean): Promise<Result>
  write(text: string): void
  /** Where the figures go as JSON. */
  readonly file: string
}

export interface Report {
  readonly takenAt: string
  readonly quick: boolean
  readonly machine: Machine
  readonly results: readonly Result[]
}

/** Measures what is wanted, one after the other, and tells each result as soon as it is there. */
export async function run({ only, quick }: Options, { measure, write, file }: Surroundings): Promise<Report> {
  const on = machine()
  write(`# sessionkeep bench${quick ? ', quick: to see that it runs, not to quote' : ''}\n`)
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
