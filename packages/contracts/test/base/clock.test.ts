import { expect, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { withTimeout } from '../../src/base/timeout.ts'

const holdUp = (ms: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)

test('an answer that arrives while the process is held up is read, although the time-out has passed', async () => {
  const outcome = await new Promise((resolve) => {
    // In this phase of the event loop, timers come next, and immediates after them.
    setImmediate(() => {
      const answer = () => new Promise((answered) => setImmediate(answered, 'answer'))
      withTimeout(20, undefined, answer).then(resolve, resolve)
      holdUp(200)
    })
  })
  expect(outcome).toBe('answer')
})

test('a late timer that is cancelled before its turn does not run', async () => {
  let runs = 0
  const cancel = systemClock.after(1, () => {
    runs += 1
  })
  await new Promise<void>((resolve) => {
    setTimeout(() => {
      cancel()
      resolve()
    }, 2)
    holdUp(200)
  })
  await new Promise((resolve) => setImmediate(resolve))
  expect(runs).toBe(0)
})
