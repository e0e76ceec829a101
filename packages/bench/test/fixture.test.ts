import { existsSync } from 'node:fs'
import { expect, it } from 'vitest'
import { withFixture } from '../src/fixtures/fixture.ts'

it('withFixture() takes down the last thing first, then its directories', async () => {
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

it('withFixture() takes everything down also when the measurement fails', async () => {
  let path = ''
  const failing = withFixture(async (fixture) => {
    path = fixture.directory('a')
    throw new Error('refused')
  })
  await expect(failing).rejects.toThrow('refused')
  expect(existsSync(path)).toBe(false)
})
