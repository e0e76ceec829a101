import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { plantedFaults } from './list.mjs'

const root = join(import.meta.dirname, '../..')

test.each(plantedFaults)(
  'the planted fault "$name" fits the sources and its test',
  ({ file, find, replace, caughtBy }) => {
    const parts = readFileSync(join(root, file), 'utf8').split(find)
    expect(parts.length - 1, `occurrences of ${JSON.stringify(find)} in ${file}`).toBe(1)
    expect(replace).not.toBe(find)
    expect(existsSync(join(root, caughtBy.file))).toBe(true)
    const source = readFileSync(join(root, caughtBy.file), 'utf8')
    const [start = ''] = (caughtBy.title ?? '').split(/ (?:of|that)(?= )/)
    expect(source).toContain(start)
  },
)

test('planted faults have different names', () => {
  expect(new Set(plantedFaults.map(({ name }) => name)).size).toBe(plantedFaults.length)
})
