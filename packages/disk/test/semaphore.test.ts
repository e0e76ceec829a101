import { expect, test, vi } from 'vitest'
import { NEVER_ABORTED, withPermit } from '../src/semaphore.ts'
import { failureOf } from './support/fixture.ts'

const { signal } = new AbortController()

test('two tasks run at a time, counted over all loaded copies of the module', async () => {
  vi.resetModules()
  const copy = await import('../src/semaphore.ts')
  expect(copy.withPermit).not.toBe(withPermit)
  let running = 0
  let most = 0
  const task = async () => {
    running += 1
    most = Math.max(most, running)
    await new Promise((resolve) => setImmediate(resolve))
    running -= 1
  }
  await Promise.all(Array.from({ length: 20 }, (_, at) => (at % 2 ? withPermit : copy.withPermit)(NEVER_ABORTED, task)))
  expect(most).toBe(2)
})

test('a failed task returns its permit, and an aborted wait takes none', async () => {
  const abort = new AbortController()
  let release = () => {}
  const barrier = new Promise<void>((resolve) => {
    release = resolve
  })
  const holding = [withPermit(signal, () => barrier), withPermit(signal, () => barrier)]
  const waiting = failureOf(withPermit(abort.signal, async () => 'ran'))
  abort.abort()
  expect(await waiting).toMatchObject({ code: 'STORE_TIMEOUT' })
  release()
  await Promise.all(holding)
  for (let at = 0; at < 5; at += 1) {
    expect(await failureOf(withPermit(signal, () => Promise.reject(new Error('no'))))).toMatchObject({ message: 'no' })
  }
  expect(await Promise.all([1, 2, 3].map((n) => withPermit(signal, async () => n)))).toEqual([1, 2, 3])
})
