import { expect, onTestFinished, test } from 'vitest'
import { createSessionPool, type MetadataStore, memoryStore, StoreError } from '../../src/index.ts'
import { memoryHost } from '../../src/testing.ts'
import { heldStore, silentLogger } from '../support/held-store.ts'
import { clock, sleep, until } from '../support/time.ts'

const LONG = 60_000

/** Long enough for a slow machine, and far below the time-out of the store call that hangs. */
const soon = async (call: Promise<unknown>) =>
  Promise.race([call.then(() => 'answered'), sleep(LONG / 2).then(() => 'still waiting')])

async function withHangingRead() {
  const host = memoryHost({ clock })
  const held = heldStore()
  const pool = createSessionPool({
    clock,
    host,
    metadata: { store: held.store, flushIntervalMs: 5, callTimeoutMs: LONG },
    livenessIntervalMs: 20,
    logger: silentLogger,
  })
  await pool.start()
  await pool.getOrCreateSession('a')
  const reading = held.holdBefore('getMany')
  const discovery = pool.discoverExistingSessions()
  await reading.reached
  onTestFinished(async () => {
    reading.release()
    await discovery
    await pool.stop()
  })
  await sleep(50)
  return { pool, host }
}

test('getOrCreateSession of a living session does not wait for a store that hangs', async () => {
  const { pool } = await withHangingRead()
  expect(await soon(pool.getOrCreateSession('a'))).toBe('answered')
})

test('a session that ends is noticed while a store hangs', async () => {
  const { pool, host } = await withHangingRead()
  await host.kill({ sessionName: 'claude-a' })
  await until(() => expect(pool.getSession('a')).toBeUndefined())
})

test.each(['before stop()', 'only to read'] as const)(
  'a store that opens late does not stay open after stop() (the late open() began %s)',
  async (first) => {
    const inner = memoryStore()
    let mode: 'closed' | 'reading' | 'writing' = 'closed'
    let release: () => void = () => {}
    let locked = first === 'only to read'
    const slow = new Promise<void>((resolve) => {
      release = resolve
    })
    const store: MetadataStore = {
      ...inner,
      capabilities: { durability: 'process', retains: true, shared: false },
      // Like a client without cancellation: it connects at some time, and a second call finds it open.
      async open(context) {
        if (locked && !context.readOnly) throw new StoreError('STORE_LOCKED', 'Another writes here.')
        await slow
        if (mode !== 'closed') return
        mode = context.readOnly ? 'reading' : 'writing'
        await inner.open?.({ ...context, signal: new AbortController().signal })
      },
      async close() {
        mode = 'closed'
        await inner.close?.()
      },
    }
    const metadata = {
      store,
      flushIntervalMs: 5,
      maxRetryMs: 10,
      lockRetryMs: 5,
      callTimeoutMs: 20,
      attachTimeoutMs: 30,
    }
    const pool = createSessionPool({ clock, host: memoryHost({ clock }), metadata, logger: silentLogger })
    await pool.start()
    expect(pool.persistence().effective.reason).toBe('degraded')
    locked = false
    if (first === 'only to read') {
      release()
      await pool.getOrCreateSession('a')
      await until(() => expect(pool.getSession('a')).toMatchObject({ saved: true }))
      await pool.stop()
    } else {
      await pool.stop({ timeoutMs: 100 })
      release()
    }
    await until(() => expect(mode).toBe('closed'))
    await sleep(20)
    expect(mode).toBe('closed')
  },
)
