import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import { withTimeout } from '../../src/base/timeout.ts'
import { virtualClock } from '../../src/testing/virtual-clock.ts'

const unlessAborted = <T>(signal: AbortSignal, promise: Promise<T>) => withTimeout(1e9, signal, () => promise)
const never = (): Promise<never> => new Promise(() => {})

test('settles as the promise does, and removes its listener', async () => {
  const { signal } = new AbortController()
  expect(await unlessAborted(signal, Promise.resolve(3))).toBe(3)
  await expect(unlessAborted(signal, Promise.reject(new Error('its own')))).rejects.toThrow('its own')
  expect(getEventListeners(signal, 'abort')).toEqual([])
})

test('rejects with the reason of the signal when that is aborted, though the promise never settles', async () => {
  const aborting = new AbortController()
  const waiting = unlessAborted(aborting.signal, never())
  aborting.abort(new Error('enough'))
  await expect(waiting).rejects.toThrow('enough')
  expect(getEventListeners(aborting.signal, 'abort')).toEqual([])
})

test('rejects at once if the signal is aborted already', async () => {
  await expect(unlessAborted(AbortSignal.abort(new Error('before')), never())).rejects.toThrow('before')
})

test('a rejection after the signal was aborted is no unhandled rejection', async () => {
  const aborting = new AbortController()
  const unhandled: unknown[] = []
  const note = (error: unknown) => unhandled.push(error)
  process.on('unhandledRejection', note)
  let fail: (error: Error) => void = () => {}
  const late = new Promise<never>((_, reject) => {
    fail = reject
  })
  const waiting = unlessAborted(aborting.signal, late)
  aborting.abort(new Error('enough'))
  await expect(waiting).rejects.toThrow('enough')
  fail(new Error('too late'))
  await new Promise(setImmediate)
  process.off('unhandledRejection', note)
  expect(unhandled).toEqual([])
})

test('a call that takes too long rejects with STORE_TIMEOUT, and its signal is aborted with that error', async () => {
  const clock = virtualClock()
  let given: AbortSignal | undefined
  const call = (signal: AbortSignal) => {
    given = signal
    return never()
  }
  const waiting = withTimeout(50, undefined, call, { what: 'get()', clock })
  const outcome = expect(waiting).rejects.toMatchObject({ code: 'STORE_TIMEOUT', context: { what: 'get()', ms: 50 } })
  await clock.advance(50)
  await outcome
  expect(given?.reason).toMatchObject({ code: 'STORE_TIMEOUT' })
})

test('the return value of onTimeout is the outcome, and `settled` fulfils when the call has settled', async () => {
  const clock = virtualClock()
  let finish: () => void = () => {}
  const call = () => new Promise<void>((resolve) => (finish = resolve))
  let settled: Promise<void> | undefined
  const onTimeout = (_error: Error, late: Promise<void>) => {
    settled = late
    return 'gave up'
  }
  const waiting = withTimeout(50, undefined, call, { clock, onTimeout })
  await clock.advance(50)
  expect(await waiting).toBe('gave up')
  finish()
  await settled
})

test('an exception of onTimeout is the outcome', async () => {
  const clock = virtualClock()
  const onTimeout = (): never => {
    throw new Error('my own')
  }
  const outcome = expect(withTimeout(50, undefined, never, { clock, onTimeout })).rejects.toThrow('my own')
  await clock.advance(50)
  await outcome
})
