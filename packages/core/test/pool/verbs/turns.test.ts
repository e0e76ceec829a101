import { expect, test } from 'vitest'
import type { SessionPool } from '../../../src/index.ts'
import { memoryHost } from '../../../src/testing.ts'
import { gate } from '../../support/gate.ts'
import { makePool } from '../../support/pools.ts'
import { clock, sleep, until } from '../../support/time.ts'

type Pool = SessionPool<Record<string, unknown>>

async function poolWith(...workspaces: string[]) {
  const host = memoryHost({ clock })
  const { pool } = makePool({ host, metadata: { store: 'memory' } })
  for (const workspace of workspaces) await pool.getOrCreateSession(workspace)
  return { host, pool }
}

const requests = (pool: Pool) => {
  const { totalRequests, activeRequests } = pool.getSession('a') ?? {}
  return { totalRequests, activeRequests }
}

test('turns of one workspace run one at a time, in the order of the calls, and count as requests when they begin', async () => {
  const { pool } = await poolWith('a')
  const [first, second] = [gate(), gate()]
  const log: string[] = []
  const turns = [first, second].map((each, at) =>
    pool.withTurn('a', async () => {
      log.push(`begin ${at}`)
      await each.opened
      log.push(`end ${at}`)
      return at
    }),
  )
  await until(() => expect(log).toEqual(['begin 0']))
  expect(requests(pool)).toEqual({ totalRequests: 1, activeRequests: 1 })
  second.open()
  first.open()
  expect(await Promise.all(turns)).toEqual([0, 1])
  expect(log).toEqual(['begin 0', 'end 0', 'begin 1', 'end 1'])
  expect(requests(pool)).toEqual({ totalRequests: 2, activeRequests: 0 })
})

test('turns of different workspaces run at the same time', async () => {
  const { pool } = await poolWith('a', 'b')
  const both = gate()
  let running = 0
  const run = async () => {
    running += 1
    if (running === 2) both.open()
    await both.opened
  }
  await Promise.all([pool.withTurn('a', run), pool.withTurn('b', run)])
  expect(running).toBe(2)
})

test('a turn that fails does not hold the next one', async () => {
  const { pool } = await poolWith('a')
  const failing = pool.withTurn('a', () => {
    throw new Error('no answer')
  })
  const next = pool.withTurn('a', () => 'answer')
  await expect(failing).rejects.toThrow('no answer')
  expect(await next).toBe('answer')
})

test('a turn of a workspace without a session is refused, and holds nobody', async () => {
  const { pool } = await poolWith('a')
  const refused = pool.withTurn('other', () => 'never')
  await expect(refused).rejects.toMatchObject({ code: 'SESSION_NOT_FOUND' })
  await pool.getOrCreateSession('other')
  expect(await pool.withTurn('other', () => 'answer')).toBe('answer')
})

test('a turn that is given up while it waits rejects at once and never begins', async () => {
  const { pool } = await poolWith('a')
  const held = gate()
  const first = pool.withTurn('a', () => held.opened)
  const controller = new AbortController()
  let hasBegun = false
  const run = () => {
    hasBegun = true
  }
  const given = pool.withTurn('a', run, { signal: controller.signal })
  controller.abort(new Error('enough'))
  await expect(given).rejects.toThrow('enough')
  held.open()
  await first
  await pool.withTurn('a', () => undefined)
  expect(hasBegun).toBe(false)
  expect(requests(pool).totalRequests).toBe(2)
})

test('a signal that is aborted already refuses the turn', async () => {
  const { pool } = await poolWith('a')
  const signal = AbortSignal.abort(new Error('too late'))
  await expect(pool.withTurn('a', () => 'never', { signal })).rejects.toThrow('too late')
  expect(requests(pool).totalRequests).toBe(0)
})

test('a running turn that is given up is told, and the next one waits until it has settled', async () => {
  const { pool } = await poolWith('a')
  const controller = new AbortController()
  const cleaned = gate()
  const log: string[] = []
  const given = pool.withTurn(
    'a',
    async (_, { signal }) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      log.push('told')
      await cleaned.opened
      log.push('settled')
    },
    { signal: controller.signal },
  )
  const next = pool.withTurn('a', () => void log.push('next'))
  await until(() => expect(requests(pool).activeRequests).toBe(1))
  controller.abort(new Error('enough'))
  await expect(given).rejects.toThrow('enough')
  cleaned.open()
  await next
  expect(log).toEqual(['told', 'settled', 'next'])
})

test('a turn that ignores that it was given up holds the next one for a second, not for ever', async () => {
  const { pool } = await poolWith('a')
  const controller = new AbortController()
  const given = pool.withTurn('a', () => new Promise(() => undefined), { signal: controller.signal })
  await until(() => expect(requests(pool).activeRequests).toBe(1))
  const startedAt = clock.now()
  controller.abort(new Error('enough'))
  await expect(given).rejects.toThrow('enough')
  expect(await pool.withTurn('a', () => 'next')).toBe('next')
  expect(clock.now() - startedAt).toBeGreaterThanOrEqual(1000)
})

test('interrupt() presses the keys, ends the running turn, and lets the next one begin after the keys', async () => {
  const { host, pool } = await poolWith('a')
  const keys: string[] = []
  const pressed = gate()
  const { sendKeys } = host
  host.sendKeys = async (ref, given) => {
    await pressed.opened
    keys.push(...given)
    await sendKeys?.(ref, given)
  }
  const stopped = pool.withTurn(
    'a',
    (_, { signal }) => new Promise((resolve) => signal.addEventListener('abort', resolve)),
  )
  let next: readonly string[] | undefined
  const following = pool.withTurn('a', () => {
    next = [...keys]
  })
  await until(() => expect(requests(pool).activeRequests).toBe(1))
  const interrupting = pool.interrupt('a', { keys: ['Escape'] })
  await sleep(10)
  expect(next).toBeUndefined()
  pressed.open()
  expect(await interrupting).toBe(true)
  await expect(stopped).rejects.toMatchObject({ code: 'TURN_INTERRUPTED', context: { workspace: 'a' } })
  await following
  expect(next).toEqual(['Escape'])
})

test('interrupt() without a running turn presses C-c and says that there was none', async () => {
  const { host, pool } = await poolWith('a')
  const keys: unknown[] = []
  host.sendKeys = async (_, given) => void keys.push(...given)
  expect(await pool.interrupt('a')).toBe(false)
  expect(keys).toEqual(['C-c'])
})

test('a turn ends with TURN_INTERRUPTED although the keys could not be pressed', async () => {
  const { host, pool } = await poolWith('a')
  host.sendKeys = async () => {
    throw new Error('no keyboard')
  }
  const stopped = pool.withTurn('a', () => new Promise(() => undefined))
  const outcome = expect(stopped).rejects.toMatchObject({ code: 'TURN_INTERRUPTED' })
  await until(() => expect(requests(pool).activeRequests).toBe(1))
  await expect(pool.interrupt('a')).rejects.toMatchObject({ code: 'HOST_REFUSED' })
  await outcome
})

test('turns that wait when the pool stops are refused', async () => {
  const { pool } = await poolWith('a')
  const held = gate()
  const first = pool.withTurn('a', () => held.opened)
  const waiting = pool.withTurn('a', () => 'never')
  await until(() => expect(requests(pool).activeRequests).toBe(1))
  await pool.stop()
  held.open()
  await first
  await expect(waiting).rejects.toMatchObject({ code: 'POOL_STOPPED' })
})

test('unknown options of a turn are refused', async () => {
  const { pool } = await poolWith('a')
  const wrong = { sginal: new AbortController().signal } as object
  await expect(pool.withTurn('a', () => 1, wrong)).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  await expect(pool.interrupt('a', { keys: [] })).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
})

test('interrupt() with what is no key rejects, and the turn goes on', async () => {
  const { pool } = await poolWith('a')
  const turn = pool.withTurn('a', async (_session, { signal }) => {
    await sleep(50)
    return signal.aborted
  })
  await sleep(10)
  await expect(pool.interrupt('a', { keys: ['No Key!'] })).rejects.toThrow(TypeError)
  expect(await turn).toBe(false)
})

test('a turn whose session ends rejects with SESSION_GONE if its function does not settle, and the next one is refused', async () => {
  const { pool, host } = await poolWith('a')
  let told: unknown
  const turn = pool.withTurn('a', (_session, { signal }) => {
    signal.addEventListener('abort', () => {
      told = signal.reason
    })
    return new Promise<never>(() => {})
  })
  const next = pool.withTurn('a', () => 'answer')
  await until(() => expect(pool.getSession('a')?.activeRequests).toBe(1))
  host.control.exit('claude-a', { exitCode: 1 })
  await pool.discoverExistingSessions()
  await expect(turn).rejects.toMatchObject({ code: 'SESSION_GONE', retryable: true })
  expect(told).toMatchObject({ code: 'SESSION_GONE' })
  await expect(next).rejects.toMatchObject({ code: 'SESSION_GONE' })
})

test('a turn that ends its own session has the result of its function', async () => {
  const { pool } = await poolWith('a')
  const turn = pool.withTurn('a', async () => {
    await pool.deleteSession('a', { force: true })
    return 'bye'
  })
  expect(await turn).toBe('bye')
})
