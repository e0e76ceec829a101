import { describe, expect, test } from 'vitest'
import { connectionTo } from '../src/connection.ts'
import type { Driver, Engine } from '../src/engine.ts'
import { rejection, signalIn } from './support/fixture.ts'

const never = new Promise<never>(() => undefined)
const use = { readOnly: false, probe: 'probe' }
const place = { server: 'test', secrets: [] }

/** A backend whose first connections behave like a cut cable: they never answer and never end. */
function silentAtFirst(silent: number) {
  const seen = { connects: 0, aborted: 0, ended: 0 }
  const driver: Driver = {
    shared: true,
    durability: 'process',
    replaceable: true,
    async connect({ signal }) {
      seen.connects += 1
      signal.addEventListener('abort', () => {
        seen.aborted += 1
      })
      const isSilent = seen.connects <= silent
      const answer = async () => (isSilent ? await never : undefined)
      const engine: Engine = {
        durability: 'process',
        get: async () => (isSilent ? await never : new Map()),
        set: answer,
        delete: answer,
        rename: answer,
        pages: async function* () {},
        end: async () => {
          seen.ended += 1
        },
      }
      return engine
    },
  }
  return { seen, driver }
}

const soon = (signal: AbortSignal) => new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))

describe('connectionTo()', () => {
  test('a connection that does not answer for longer than timeoutMs is replaced and closed', async () => {
    const { seen, driver } = silentAtFirst(1)
    const connection = connectionTo(driver, place, 50, use)
    const ask = (engine: Engine) => engine.get(['a'])
    expect(await rejection(connection.use(signalIn(20).signal, 'use', ask))).toMatchObject({ code: 'STORE_TIMEOUT' })
    await soon(AbortSignal.timeout(60))
    expect(await connection.use(signalIn().signal, 'use', ask)).toEqual(new Map())
    expect(seen).toEqual({ connects: 2, aborted: 1, ended: 1 })
    await connection.end()
  })

  test('a call without a signal of the caller ends after timeoutMs', async () => {
    const { driver } = silentAtFirst(9)
    const connection = connectionTo(driver, place, 50, use)
    const call = connection.use(new AbortController().signal, 'use', (engine) => engine.get(['a']))
    expect(await rejection(call)).toMatchObject({ code: 'STORE_TIMEOUT', retryable: true })
    await connection.end()
  })

  test('an attempt to connect that hangs is given up, and neither a call nor end() waits for it', async () => {
    const { driver } = silentAtFirst(0)
    const connection = connectionTo({ ...driver, connect: () => never }, place, 50, use)
    const call = connection.use(new AbortController().signal, 'open', async () => undefined)
    expect(['STORE_TIMEOUT', 'STORE_UNAVAILABLE']).toContain((await rejection(call)).code)
    await connection.end()
    const late = connection.use(signalIn().signal, 'use', async () => undefined)
    expect(await rejection(late)).toMatchObject({ code: 'STORE_CLOSED' })
  })

  test('a call that is answered after an aborted one keeps the connection', async () => {
    const { seen, driver } = silentAtFirst(0)
    const connection = connectionTo(driver, place, 1000, use)
    await rejection(connection.use(signalIn(10).signal, 'use', () => never))
    await connection.use(signalIn().signal, 'use', (engine) => engine.set(new Map()))
    await soon(AbortSignal.timeout(1100))
    await connection.use(signalIn().signal, 'use', (engine) => engine.set(new Map()))
    expect(seen.connects).toBe(1)
    await connection.end()
  })
})
