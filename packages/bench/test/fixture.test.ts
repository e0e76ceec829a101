import { existsSync } from 'node:fs'
import { expect, it } from 'vitest'
import { withFixture } from '../src/fixtures/fixture.ts'

it('withFixture() runs the cleanups in reverse order, then removes its directories', async () => {
  const seen: string[] = []
  const directory = await withFixture(async (fixture) => {
    const path = fixture.directory('a')
    fixture.onEnd(() => seen.push(`first ${existsSync(path)}`))
    fixture.onEnd(async () => seen.push('second'))
    return path
  })
  expect(seen).toEqual(['second', 'first true'])
  expect(existsSync(directory)).toBe(false)
})

it('withFixture() cleans up when the measurement fails', async () => {
  let path = ''
  const failing = withFixture(async (fixture) => {
    path = fixture.directory('a')
    throw new Error('refused')
  })
  await expect(failing).rejects.toThrow('refused')
  expect(existsSync(path)).toBe(false)
})
