import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileStore } from '@sessionkeep/store-file'
import { expect, onTestFinished, test, vi } from 'vitest'
import { privateServer } from '../../packages/tmux/test/support/private-server.ts'
import { gateway } from './gateway.ts'
import { totalsIn } from './records.mjs'
import { hasRedis, redis } from './redis.ts'

/** On a busy machine a store may take longer to open than a gateway would wait by default. */
const PATIENT = { attachTimeoutMs: 60_000, callTimeoutMs: 60_000, ackTimeoutMs: 60_000 }

/** The stores of a gateway on file and Redis. Calling `start` again is a restart. */
async function fixture({ keyv = {}, ...timing }: { keyv?: object; [option: string]: unknown } = {}) {
  const { socketPath } = privateServer()
  const directory = mkdtempSync(join(tmpdir(), 'skw-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const { server, uri, store } = await redis()
  const stores = { file: { directory }, keyv: { uri, ...keyv } }
  const start = (selection: { store: string; mirror?: string[] }) =>
    gateway({ socketPath, metadata: { stores, flushIntervalMs: 50, ...PATIENT, ...timing, ...selection } })
  const inFile = () => JSON.parse(readFileSync(join(directory, 'claude-a.json'), 'utf8')).totalRequests as number
  return { server, start, inFile, file: () => fileStore({ directory }), store }
}

const soon = { timeout: 60_000, interval: 20 }

test.skipIf(!hasRedis)(
  'a gateway that is killed while Redis hangs at 100 requests knows the 160 of its file mirror after the restart (needs redis-server)',
  async () => {
    const { server, start, inFile, store } = await fixture({ callTimeoutMs: 1500, attachTimeoutMs: 2000 })
    const selection = { store: 'keyv', mirror: ['file'] }
    const first = await start(selection)
    await first.call('create', { names: ['a'] })
    await first.call('requests', { name: 'a', count: 100 })
    await vi.waitFor(async () => expect((await totalsIn(store())).get('a')).toBe(100), soon)
    server.freeze()
    await first.call('requests', { name: 'a', count: 60 })
    await vi.waitFor(() => expect(inFile()).toBe(160), soon)
    await first.kill()
    const second = await start(selection)
    await vi.waitFor(
      async () => expect(await second.call('session', { name: 'a' })).toMatchObject({ totalRequests: 160 }),
      soon,
    )
    await second.kill()
    server.thaw()
    const third = await start(selection)
    await vi.waitFor(
      async () => expect(await third.call('session', { name: 'a' })).toMatchObject({ verified: true }),
      soon,
    )
    expect(await third.call('requests', { name: 'a', count: 1 })).toMatchObject({ totalRequests: 161 })
    await third.call('save', { name: 'a' })
    await vi.waitFor(async () => expect((await totalsIn(store())).get('a')).toBe(161), soon)
    expect(await third.call('status')).toMatchObject({ effective: { stores: ['keyv', 'file'], reason: 'ok' } })
  },
)

test.skipIf(!hasRedis)(
  'a restart on the old configuration after a switch at run time loses nothing, whether killed or stopped (needs redis-server)',
  async () => {
    const { start, inFile, store } = await fixture({ keyv: { timeoutMs: 60_000 } })
    const first = await start({ store: 'file' })
    await first.call('create', { names: ['a'] })
    await first.call('requests', { name: 'a', count: 10 })
    await first.call('switch', { selection: 'keyv' })
    expect(await first.call('status')).toMatchObject({ afterRestart: { store: 'file' }, desired: { store: 'keyv' } })
    await first.call('requests', { name: 'a', count: 5 })
    await first.call('save', { name: 'a' })
    await vi.waitFor(() => expect(inFile()).toBe(15), soon)
    await first.kill()
    const second = await start({ store: 'file' })
    expect(await second.call('session', { name: 'a' })).toMatchObject({ totalRequests: 15, verified: true })
    await second.call('switch', { selection: { store: 'keyv' } })
    await second.call('requests', { name: 'a', count: 5 })
    expect(await second.call('stop')).toEqual({ saved: 1, unsaved: [] })
    const third = await start({ store: 'file' })
    expect(await third.call('session', { name: 'a' })).toMatchObject({ totalRequests: 20, verified: true })
    expect(await totalsIn(store())).toEqual(new Map([['a', 20]]))
  },
)

test.skipIf(!hasRedis)(
  'requests that saveSessionMetadata acknowledged after a switch survive a kill and a restart on the old configuration (needs redis-server)',
  async () => {
    const { start } = await fixture({ flushIntervalMs: 600_000 })
    const first = await start({ store: 'file' })
    await first.call('create', { names: ['a'] })
    await first.call('switch', { selection: 'keyv' })
    await first.call('requests', { name: 'a', count: 7 })
    await first.call('save', { name: 'a' })
    await first.kill()
    const second = await start({ store: 'file' })
    expect(await second.call('session', { name: 'a' })).toMatchObject({ totalRequests: 7 })
  },
)
