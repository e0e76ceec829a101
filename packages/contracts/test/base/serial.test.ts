import { expect, test } from 'vitest'
import { gate } from '../../../core/test/support/gate.ts'
import { createSerial } from '../../src/base/queues.ts'

test('runs functions one after the other, in the order of the calls', async () => {
  const serial = createSerial()
  const first = gate()
  const log: string[] = []
  const running = [
    serial(async () => {
      log.push('first begins')
      await first.opened
      log.push('first ends')
      return 1
    }),
    serial(async () => {
      log.push('second')
      return 2
    }),
  ]
  await new Promise(setImmediate)
  expect(log).toEqual(['first begins'])
  first.open()
  expect(await Promise.all(running)).toEqual([1, 2])
  expect(log).toEqual(['first begins', 'first ends', 'second'])
})

test('only the caller of a rejecting function gets the rejection, and the next function runs', async () => {
  const serial = createSerial()
  const failing = serial(() => Promise.reject(new Error('no')))
  const next = serial(() => Promise.resolve('yes'))
  await expect(failing).rejects.toThrow('no')
  expect(await next).toBe('yes')
})

test('a function that throws synchronously rejects, and the next function runs', async () => {
  const serial = createSerial()
  const failing = serial(() => {
    throw new Error('at once')
  })
  await expect(failing).rejects.toThrow('at once')
  expect(await serial(() => Promise.resolve(1))).toBe(1)
})
