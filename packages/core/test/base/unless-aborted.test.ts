import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import { unlessAborted } from '../../src/base/unless-aborted.ts'

const never = (): Promise<never> => new Promise(() => {})

test('settles as the promise does, and leaves no listener behind', async () => {
  const { signal } = new AbortController()
  expect(await unlessAborted(signal, Promise.resolve(3))).toBe(3)
  await expect(unlessAborted(signal, Promise.reject(new Error('its own')))).rejects.toThrow('its own')
  expect(getEventListeners(signal, 'abort')).toEqual([])
})

test('rejects with the reason of the signal as soon as that is aborted, though the promise hangs', async () => {
  const aborting = new AbortController()
  const waiting = unlessAborted(aborting.signal, never())
  aborting.abort(new Error('enough'))
  await expect(waiting).rejects.toThrow('enough')
  expect(getEventListeners(aborting.signal, 'abort')).toEqual([])
})

test('rejects at once where the signal was aborted before', async () => {
  await expect(unlessAborted(AbortSignal.abort(new Error('before')), never())).rejects.toThrow('before')
})

test('what the promise rejects with after the signal was aborted hurts nobody', async () => {
  const aborting = new AbortController()
  const unheard: unknown[] = []
  const hear = (error: unknown) => unheard.push(error)
  process.on('unhandledRejection', hear)
  let fail: (error: Error) => void = () => {}
  const late = new Promise<never>((_, reject) => {
    fail = reject
  })
  const waiting = unlessAborted(aborting.signal, late)
  aborting.abort(new Error('enough'))
  await expect(waiting).rejects.toThrow('enough')
  fail(new Error('too late'))
  await new Promise(setImmediate)
  process.off('unhandledRejection', hear)
  expect(unheard).toEqual([])
})
