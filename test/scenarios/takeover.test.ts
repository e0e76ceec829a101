import { readdirSync } from 'node:fs'
import { fileStore } from '@sessionkeep/store-file'
import { expect, test, vi } from 'vitest'
import { fixture } from './fixture.ts'

const QUICK = { lockRetryMs: 10, flushIntervalMs: 10 }

/** Two gateways on one directory: the first holds the lock, the second waits for it. */
async function twoGateways(options: { inactivityTimeoutMs?: number; cleanupIntervalMs?: number } = {}) {
  const on = fixture()
  const one = on.pool({ metadata: QUICK, livenessIntervalMs: 20 })
  await one.start()
  await one.getOrCreateSession('a')
  const two = on.pool({
    metadata: { ...QUICK, store: fileStore({ directory: on.directory }) },
    livenessIntervalMs: 20,
    ...options,
  })
  await two.start()
  expect(two.persistence().effective.reason).toBe('locked')
  expect(two.getSession('a')).toBeDefined()
  const records = () => readdirSync(on.directory).filter((name) => name.endsWith('.json'))
  return { ...on, one, two, records }
}

test('a session that the old gateway deleted does not get its file back when the new one takes over', async () => {
  const { one, two, records } = await twoGateways()
  await one.deleteSession('a')
  expect(records()).toEqual([])
  await vi.waitFor(() => expect(two.getSession('a')).toBeUndefined())
  await one.stop()
  await vi.waitFor(() => expect(two.persistence().effective.reason).toBe('ok'))
  await two.discoverExistingSessions()
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(records()).toEqual([])
})

test('requests that both gateways counted before the hand-over are all kept', async () => {
  const { one, two, read } = await twoGateways()
  for (let i = 0; i < 5; i += 1) {
    one.trackRequestStart('a')
    two.trackRequestStart('a')
    // A pause lets the first gateway flush in between.
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  await one.stop()
  await vi.waitFor(() => expect(two.persistence().effective.reason).toBe('ok'))
  await two.saveSessionMetadata('a')
  expect(read('claude-a').totalRequests).toBe(10)
})

test('a gateway without the lock reaps nothing; with the lock it reaps idle sessions, but not those that the last holder served', async () => {
  const { server, one, two } = await twoGateways({ inactivityTimeoutMs: 300, cleanupIntervalMs: 50 })
  one.trackRequestStart('a')
  await one.saveSessionMetadata('a')
  await two.getOrCreateSession('idle')
  await new Promise((resolve) => setTimeout(resolve, 800))
  const names = () => server.tmux('list-sessions', '-F', '#{session_name}')
  expect((await names()).split('\n').toSorted()).toEqual(['claude-a', 'claude-idle'])
  await one.stop()
  await vi.waitFor(() => expect(two.getSession('idle')).toBeUndefined())
  expect(await names()).toBe('claude-a')
})
