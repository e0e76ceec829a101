import type { StoreError } from '@sessionkeep/contracts'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { connectTo } from '../src/connection.ts'
import type { ConnectContext, Driver, Engine } from '../src/engine.ts'
import { keySpaceOf } from '../src/keys.ts'
import { listNames } from '../src/list-names.ts'
import { rejection, signalIn } from './support/fixture.ts'

const never = new Promise<never>(() => undefined)

/** A backend whose answers the test decides; `given` is what it was asked to connect with. */
function backend(calls: Partial<Engine> = {}) {
  const seen = { ended: 0, given: undefined as ConnectContext | undefined }
  const driver: Driver = {
    shared: true,
    durability: 'process',
    async connect(context) {
      seen.given = context
      return {
        durability: 'process',
        get: async () => new Map(),
        set: async () => undefined,
        delete: async () => undefined,
        rename: async () => undefined,
        pages: async function* () {},
        end: async () => {
          seen.ended += 1
        },
        ...calls,
      }
    },
  }
  return { seen, driver }
}

const place = { server: 'test', secrets: [] }
const connectWith = (driver: Driver, timeoutMs = 1000, onLost?: (error: StoreError) => void) =>
  connectTo({
    ...{ driver, backend: place, timeoutMs, onLost, ...signalIn() },
    ...{ readOnly: false, probe: 'probe', asideProbe: 'aside' },
  })
const silent = () => ({ next: () => never })
const log = () => undefined
const logger = { debug: log, info: log, warn: log, error: log }
const ask = (engine: Engine) => engine.get(['a'])

describe('connectTo()', () => {
  test('after the connection was lost, each call rejects until the store is opened anew', async () => {
    const { seen, driver } = backend()
    const lost: StoreError[] = []
    const connection = await connectWith(driver, 1000, (error) => lost.push(error))
    seen.given?.onLost(new Error('cut'))
    seen.given?.onLost()
    expect(lost).toMatchObject([{ code: 'STORE_UNAVAILABLE', message: expect.stringContaining('cut') }])
    expect(await rejection(connection.use(signalIn().signal, ask))).toMatchObject({ code: 'STORE_CLOSED' })
    expect(seen.given?.signal.aborted).toBe(true)
    await connection.end()
    expect(seen.ended).toBe(0)
  })

  test('an idle connection whose beat is not answered is lost', async () => {
    const { driver } = backend({ beat: () => never })
    const error = await new Promise<StoreError>((resolve) => void connectWith(driver, 50, resolve))
    expect(error).toMatchObject({ code: 'STORE_TIMEOUT' })
  })

  test('a beat that waits behind a slow call does not lose the connection, and one that is late after it does', async () => {
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    let answer: () => void = () => undefined
    const slow = new Promise<void>((resolve) => {
      answer = resolve
    })
    let beats = 0
    const beat = () => {
      beats += 1
      return beats === 1 ? slow : never
    }
    const { driver } = backend({ beat, get: () => slow.then(() => new Map()) })
    const lost = vi.fn()
    const connection = await connectWith(driver, 5000, lost)
    await vi.advanceTimersByTimeAsync(1900)
    const call = connection.use(new AbortController().signal, ask)
    await vi.advanceTimersByTimeAsync(4000)
    expect([beats, lost.mock.calls.length]).toEqual([1, 0])
    answer()
    expect(await call).toEqual(new Map())
    await vi.advanceTimersByTimeAsync(5100)
    expect(lost.mock.calls).toMatchObject([[{ code: 'STORE_TIMEOUT' }]])
  })

  test('a listing that was begun is no answer: a server that has become silent is left in time', async () => {
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    const { driver } = backend({
      beat: () => never,
      get: () => never,
      pages: () => ({ [Symbol.asyncIterator]: silent }),
    })
    const lost = vi.fn()
    const connection = await connectWith(driver, 5000, lost)
    await vi.advanceTimersByTimeAsync(1900)
    connection.use(new AbortController().signal, ask).catch(() => undefined)
    await vi.advanceTimersByTimeAsync(2000)
    const names = listNames(connection, keySpaceOf('n', undefined), new AbortController().signal, logger)
    names.next().catch(() => undefined)
    await vi.advanceTimersByTimeAsync(3200)
    expect(lost).toHaveBeenCalledOnce()
  })

  test('a connection that was closed by its user is not reported as lost', async () => {
    const { seen, driver } = backend()
    const lost: StoreError[] = []
    const connection = await connectWith(driver, 1000, (error) => lost.push(error))
    await connection.end()
    seen.given?.onLost(new Error('the client says so'))
    expect([lost.length, seen.ended]).toEqual([0, 1])
    expect(await rejection(connection.use(signalIn().signal, ask))).toMatchObject({ code: 'STORE_CLOSED' })
  })

  test('a call without a signal of the caller ends after timeoutMs', async () => {
    const { driver } = backend({ get: () => never })
    const connection = await connectWith(driver, 50)
    const call = connection.use(new AbortController().signal, ask)
    expect(await rejection(call)).toMatchObject({ code: 'STORE_TIMEOUT', retryable: true })
    await connection.end()
  })

  test('an attempt to connect that hangs is given up', async () => {
    const { driver } = backend()
    let given: AbortSignal | undefined
    const hanging: Driver = {
      ...driver,
      connect({ signal }) {
        given = signal
        return never
      },
    }
    expect(await rejection(connectWith(hanging, 50))).toMatchObject({ code: 'STORE_TIMEOUT' })
    expect(given?.aborted).toBe(true)
  })

  test('a connection that is made after its caller gave up is ended, so that it keeps no lock', async () => {
    const { seen, driver } = backend()
    let go: () => void = () => undefined
    const slow: Driver = {
      ...driver,
      async connect(context) {
        await new Promise<void>((resolve) => {
          go = resolve
        })
        return await driver.connect(context)
      },
    }
    expect(await rejection(connectWith(slow, 50))).toMatchObject({ code: 'STORE_TIMEOUT' })
    expect(seen.ended).toBe(0)
    go()
    await vi.waitFor(() => expect(seen.ended).toBe(1))
  })

  test('end() does not wait longer than timeoutMs for a server that does not answer', async () => {
    const { seen, driver } = backend({ end: () => never })
    const connection = await connectWith(driver, 50)
    await connection.end()
    expect(seen.given?.signal.aborted).toBe(true)
  })
})
