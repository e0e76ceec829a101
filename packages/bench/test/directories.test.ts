import { existsSync } from 'node:fs'
import { expect, it } from 'vitest'
import { onGround } from '../src/ground/directories.ts'

it('onGround() takes down the last thing first, then its directories', async () => {
  const seen: string[] = []
  const directory = await onGround(async (ground) => {
    const path = ground.directory('a')
    ground.onEnd(() => seen.push(`first ${existsSync(path)}`))
    ground.onEnd(async () => seen.push('second'))
    return path
  })
  expect(seen).toEqual(['second', 'first true'])
  expect(existsSync(directory)).toBe(false)
})

it('onGround() takes everything down also when the measurement fails', async () => {
  let path = ''
  const failing = onGround(async (ground) => {
    path = ground.directory('a')
    throw new Error('refused')
  })
  await expect(failing).rejects.toThrow('refused')
  expect(existsSync(path)).toBe(false)
})
