import { subscribe, tracingChannel, unsubscribe } from 'node:diagnostics_channel'
import { CHANNELS, type EventMessage, type StoreCallMessage, TRACED } from '@sessionkeep/contracts/diagnostics'
import { expect, onTestFinished, test } from 'vitest'
import { memoryHost } from '../../src/testing.ts'
import { faultyStore } from '../support/faulty-store.ts'
import { makePool } from '../support/pools.ts'
import { clock, until } from '../support/time.ts'

const SECRET = 'do-not-tell-4711'

interface Message {
  readonly pool: string
}

/** Collects what is published of one pool; other pools of this process publish too. */
function observe(pool: string) {
  const published: Record<string, Message[]> = {}
  const note = (channel: string) => (message: unknown) => {
    if ((message as Message).pool !== pool) return
    published[channel] = [...(published[channel] ?? []), { ...(message as Message) }]
  }
  for (const channel of CHANNELS) {
    const listener = note(channel)
    subscribe(channel, listener)
    onTestFinished(() => void unsubscribe(channel, listener))
  }
  for (const name of TRACED) {
    const listeners = {
      ...{ start: note(`${name} start`), end: note(`${name} end`), error: note(`${name} error`) },
      ...{ asyncStart: note(`${name} asyncStart`), asyncEnd: note(`${name} asyncEnd`) },
    }
    tracingChannel(name).subscribe(listeners)
    onTestFinished(() => void tracingChannel(name).unsubscribe(listeners))
  }
  return {
    published,
    of: <T>(channel: string) => (published[channel] ?? []) as unknown as readonly T[],
  }
}

test('the channels tell of the selection, of sessions, requests, calls and stores, and of nothing confidential', async () => {
  const seen = observe('observed')
  const { store } = faultyStore()
  const { pool } = makePool({ host: memoryHost({ clock }), poolId: 'observed', metadata: { store } })
  await pool.start()
  await pool.getOrCreateSession('docs', { attributes: { apiKey: SECRET } })
  pool.setAttributes('docs', { token: SECRET })
  await pool.withRequest('docs', () => pool.sendText('docs', SECRET))
  await expect(pool.withRequest('docs', () => Promise.reject(new Error(SECRET)))).rejects.toThrow(SECRET)
  await pool.saveSessionMetadata('docs')
  await pool.switchStore('memory', { reason: SECRET })
  await pool.deleteSession('docs')

  const events = seen.of<EventMessage>('sessionkeep:event').map(({ event }) => event)
  expect(events).toEqual(expect.arrayContaining(['session:created', 'store:switched', 'session:ended']))
  expect(seen.of('sessionkeep:event')).toContainEqual(
    expect.objectContaining({ event: 'session:created', pool: 'observed', workspace: 'docs' }),
  )
  expect(seen.of('sessionkeep:request')).toEqual([
    { pool: 'observed', workspace: 'docs' },
    { pool: 'observed', workspace: 'docs' },
  ])
  expect(seen.of('sessionkeep:selection')).toEqual([
    { pool: 'observed', store: 'faulty', mirror: [], layer: 'config', state: 'set' },
    { pool: 'observed', store: 'memory', mirror: [], layer: 'runtime', state: 'set' },
  ])
  expect(seen.of('sessionkeep.call asyncEnd')).toContainEqual({
    ...{ pool: 'observed', call: 'withRequest', workspace: 'docs' },
    code: 'Error',
  })
  // The name of a store is no workspace.
  expect(seen.of('sessionkeep.call end')).toContainEqual({ pool: 'observed', call: 'switchStore' })
  expect(seen.of('sessionkeep.store asyncEnd')).toContainEqual({
    ...{ pool: 'observed', store: 'faulty', operation: 'setMany' },
    records: 1,
  })
  expect(JSON.stringify(seen.published)).not.toContain(SECRET)
})

test('a call of a store that fails is told with its code', async () => {
  const seen = observe('failing')
  const { store, faults } = faultyStore()
  const { pool } = makePool({ host: memoryHost({ clock }), poolId: 'failing', metadata: { store } })
  await pool.start()
  await pool.getOrCreateSession('docs')
  faults.setMany = 'reject'
  pool.touch('docs')
  await until(() =>
    expect(seen.of<StoreCallMessage>('sessionkeep.store error').map(({ code }) => code)).toContain('STORE_UNAVAILABLE'),
  )
  await until(() =>
    expect(seen.of('sessionkeep:event')).toContainEqual({
      ...{ pool: 'failing', event: 'store:degraded', store: 'faulty', code: 'STORE_UNAVAILABLE' },
    }),
  )
})

test("a listener of '*' gets every event with its name, and off() removes it", async () => {
  const { pool, log } = makePool({ host: memoryHost({ clock }), metadata: { store: 'memory' } })
  const heard: string[] = []
  const listener = ({ event, payload }: { readonly event: string; readonly payload: object }) => {
    heard.push(`${event} ${Object.keys(payload).join()}`)
    if (event === 'session:created') throw new Error('a fault of the listener')
  }
  pool.on('*', listener)
  await pool.start()
  await pool.getOrCreateSession('docs')
  pool.touch('docs', { status: 'draining' })
  expect(heard).toContain('session:created session')
  expect(heard).toContain('session:changed session,changed')
  expect(log.with('A listener of the pool failed')).toHaveLength(1)
  const count = heard.length
  pool.off('*', listener)
  await pool.deleteSession('docs')
  expect(heard).toHaveLength(count)
})
