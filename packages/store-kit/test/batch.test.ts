import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { doEachInTurns } from '../src/index.ts'

test('a batch whose names take long lets timers and I/O have their turn in between', async () => {
  let turns = 0
  let isOver = false
  const counting = (async () => {
    while (!isOver) {
      await setImmediate()
      turns += 1
    }
  })()
  const lock = new Int32Array(new SharedArrayBuffer(4))
  const { done } = await doEachInTurns(['a', 'b', 'c'], () => Atomics.wait(lock, 0, 0, 6))
  isOver = true
  await counting
  expect([...done.keys()]).toEqual(['a', 'b', 'c'])
  expect(turns).toBeGreaterThanOrEqual(3)
})
