import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { withFixture } from '../src/fixtures/fixture.ts'
import { measure } from '../src/measurements/all.ts'
import { readOptions } from '../src/options.ts'
import { type Report, run } from '../src/run.ts'

const left = () => readdirSync(tmpdir()).filter((name) => name.startsWith('sessionkeep-bench-'))

it('run() runs the selected measurements, prints a row for each subject, and writes the figures as JSON', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'sk-report-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const before = left()
  const file = join(directory, 'results', 'latest.json')
  const written: string[] = []
  await run(readOptions(['--quick', '--only', 'save']), {
    measure: (name, quick) => withFixture((fixture) => measure(name, fixture, { quick })),
    write: (text) => written.push(text),
    file,
  })
  const rows = written
    .join('')
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) => line.split('|')[2]?.trim())
  expect(rows).toEqual(['what', expect.stringMatching(/^-+$/), ...SAVED])
  const { quick, results } = JSON.parse(readFileSync(file, 'utf8')) as Report
  expect(quick).toBe(true)
  expect(results.map(({ name }) => name)).toEqual(['save'])
  expect(results[0]?.figures.map(({ what }) => what)).toEqual(SAVED)
  expect(results[0]?.figures.every(({ samples, median }) => samples === 40 && median > 0)).toBe(true)
  expect(left()).toEqual(before)
})

const SAVED = ['bare safe write', 'none', 'memory', 'file (process)', 'file (power)']
