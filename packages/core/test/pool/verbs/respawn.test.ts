import { expect, test } from 'vitest'
import type { SessionPoolOptions } from '../../../src/index.ts'
import { memoryHost } from '../../../src/testing.ts'
import { gate } from '../../support/gate.ts'
import { makePool } from '../../support/pools.ts'
import { clock, sleep, until } from '../../support/time.ts'

async function poolWithOne(options: Partial<SessionPoolOptions<Record<string, unknown>>> = {}) {
  const host = memoryHost({ clock })
  const { pool } = makePool({ host, metadata: { store: 'memory' }, ...options })
  await pool.start()
  const created = await pool.getOrCreateSession('a', { attributes: { conversation: 'c-1' } })
  return { host, pool, created }
}

test('respawn() keeps the session, its counts and its attributes', async () => {
  const { host, pool, created } = await poolWithOne()
  await pool.withRequest('a', () => pool.sendText('a', 'before'))
  const view = await pool.respawn('a')
  expect(view).toBe(pool.getSession('a'))
  expect(view).toMatchObject({
    incarnation: created.incarnation,
    totalRequests: 1,
    attributes: { conversation: 'c-1' },
    status: 'idle',
  })
  expect(await pool.capture('a')).toBe('')
  expect(await host.list()).toHaveLength(1)
})

test('launch is given the session as previous, and options of the call win over its result', async () => {
  const asked: unknown[] = []
  const { host, pool } = await poolWithOne({
    launch: (workspace, attributes, previous) => {
      asked.push([workspace, attributes, previous?.workspace])
      return { cwd: '/from/launch', command: ['agent'] }
    },
  })
  const given: unknown[] = []
  const { respawn } = host
  host.respawn = async (ref, options) => {
    given.push(options)
    return respawn?.(ref, options) as ReturnType<NonNullable<typeof respawn>>
  }
  await pool.respawn('a', { command: ['other'] })
  expect(asked.at(-1)).toEqual(['a', { conversation: 'c-1' }, 'a'])
  expect(given).toEqual([{ cwd: '/from/launch', command: ['other'], env: undefined, signal: expect.any(AbortSignal) }])
})

test('a session with requests is respawned only with force', async () => {
  const { pool } = await poolWithOne()
  pool.trackRequestStart('a')
  await expect(pool.respawn('a')).rejects.toMatchObject({ code: 'SESSION_BUSY' })
  expect(await pool.respawn('a', { force: true })).toMatchObject({ status: 'active', activeRequests: 1 })
})

test('the end of the former command is not taken for the end of the session', async () => {
  const { host, pool } = await poolWithOne()
  const gone: string[] = []
  pool.on('session:gone', ({ session }) => gone.push(session.workspace))
  const between = gate()
  const { respawn } = host
  host.respawn = async (ref, options) => {
    host.control.exit('claude-a', { signal: 1 })
    await between.opened
    return respawn?.(ref, options) as ReturnType<NonNullable<typeof respawn>>
  }
  const respawning = pool.respawn('a')
  await sleep(100)
  expect(pool.trackRequestStart('a')).toBe(false)
  between.open()
  await respawning
  await sleep(100)
  expect(gone).toEqual([])
  expect(pool.trackRequestStart('a')).toBe(true)
})

test('a new command that ends at once rejects with how it ended, and the session is gone', async () => {
  const { host, pool } = await poolWithOne()
  host.respawn = async () => {
    host.control.exit('claude-a', { exitCode: 7 })
    return (await host.list())[0] as Awaited<ReturnType<typeof host.create>>
  }
  await expect(pool.respawn('a')).rejects.toMatchObject({ code: 'SESSION_NOT_READY', context: { exitCode: 7 } })
  expect(pool.getSession('a')).toBeUndefined()
})

test('a new command that does not become ready goes on, and the call says so', async () => {
  let isReady = true
  const { pool } = await poolWithOne({
    ready: () => {
      if (!isReady) throw new Error('no prompt')
    },
  })
  isReady = false
  await expect(pool.respawn('a')).rejects.toMatchObject({ code: 'SESSION_NOT_READY' })
  expect(pool.trackRequestStart('a')).toBe(true)
})

test('a host without respawn() refuses, and the session goes on', async () => {
  const { host, pool } = await poolWithOne()
  delete host.respawn
  await expect(pool.respawn('a')).rejects.toMatchObject({ code: 'HOST_REFUSED' })
  await expect(pool.respawn('other')).rejects.toMatchObject({ code: 'SESSION_NOT_FOUND' })
  expect(pool.trackRequestStart('a')).toBe(true)
})

test('a session is not respawned without the variables and the command that are not stored', async () => {
  const host = memoryHost({ clock })
  const history = { redact: (text: string) => text.replace('s3cret', '***') }
  const { pool } = makePool({ host, history, metadata: { store: 'memory' } })
  await pool.start()
  const launch = { env: { API_KEY: 'value' }, command: ['agent', 's3cret'] }
  await pool.getOrCreateSession('a', launch)
  await expect(pool.respawn('a')).rejects.toMatchObject({ code: 'NOT_RESUMABLE', context: { why: 'command' } })
  const { command, env } = launch
  await expect(pool.respawn('a', { command })).rejects.toMatchObject({ context: { why: 'env' } })
  expect(pool.trackRequestStart('a')).toBe(true)
  expect(await pool.respawn('a', { command, env, force: true })).toMatchObject({ workspace: 'a' })
})

test('the last screen has no value of a variable, neither of a former command nor of one that did not become ready', async () => {
  let isReady = true
  const { host, pool } = await poolWithOne({
    launch: () => ({ env: { TOKEN: 'first-secret' } }),
    ready: async () => {
      if (!isReady) throw new Error('no prompt')
    },
  })
  isReady = false
  const respawning = pool.respawn('a', { env: { TOKEN: 'second-secret' } })
  await expect(respawning).rejects.toMatchObject({ code: 'SESSION_NOT_READY' })
  host.control.exit('claude-a', { exitCode: 1, screen: 'with first-secret, then with second-secret' })
  await until(() => expect(pool.listEnded()).toHaveLength(1))
  expect(pool.listEnded()[0]?.ended?.screen).toBe('with ***, then with ***')
})
