import { mkdirSync, renameSync, rmSync } from 'node:fs'
import { expect, onTestFinished, test, vi } from 'vitest'
import { byHand, fixture } from './fixture.ts'

test('a directory that was replaced by another is read before it is written', async () => {
  const { pool, directory, read, write } = fixture()
  const one = pool({ metadata: { flushIntervalMs: 10, maxRetryMs: 20 }, livenessIntervalMs: 20 })
  await one.start()
  const { incarnation } = await one.getOrCreateSession('a')
  // A restored backup: more requests of this session, and a record of a newer schema.
  const away = `${directory}-away`
  onTestFinished(() => rmSync(away, { recursive: true, force: true }))
  renameSync(directory, away)
  mkdirSync(directory, 0o700)
  write('claude-a', byHand('claude-a', { incarnation, totalRequests: 42 }))
  write('claude-b', { schemaVersion: 2, precious: true })
  one.trackRequestStart('a')
  await one.getOrCreateSession('b')
  await vi.waitFor(() => expect(read('claude-a')).toMatchObject({ totalRequests: 43 }))
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(read('claude-b')).toEqual({ schemaVersion: 2, precious: true })
})

test('a directory that was replaced while no session changed gets every record again, without a request', async () => {
  const { pool, directory, read } = fixture()
  const one = pool({ metadata: { flushIntervalMs: 10, maxRetryMs: 20 }, livenessIntervalMs: 20 })
  const degraded = vi.fn()
  one.on('store:degraded', degraded)
  await one.start()
  await one.getOrCreateSession('a')
  await one.withRequest('a', () => undefined)
  await one.saveSessionMetadata('a')
  await vi.waitFor(() => expect(one.persistence().stores).toMatchObject([{ dirty: 0 }]))
  const away = `${directory}-away`
  onTestFinished(() => rmSync(away, { recursive: true, force: true }))
  renameSync(directory, away)
  mkdirSync(directory, 0o700)
  await vi.waitFor(() => expect(read('claude-a')).toMatchObject({ totalRequests: 1 }), {
    timeout: 20_000,
    interval: 50,
  })
  expect(degraded).toHaveBeenCalled()
})
