import { expect, test } from 'vitest'
import { memoryStore, type SessionPoolOptions } from '../../src/index.ts'
import { memoryHost } from '../../src/testing.ts'
import { makePool } from '../support/pools.ts'
import { clock, sleep, until } from '../support/time.ts'

type Given = Partial<SessionPoolOptions<Record<string, unknown>>>

const quick = { settleMs: 20, spacingMs: 0 } as const

/** A pool that has lost the sessions of these workspaces with their server. */
async function lost(workspaces: readonly string[], given: Given = {}) {
  const host = memoryHost({ clock })
  const { pool } = makePool({ host, metadata: { store: memoryStore() }, resume: quick, ...given })
  await pool.start()
  for (const workspace of workspaces) await pool.getOrCreateSession(workspace)
  host.control.endServer()
  await until(() => expect(pool.listEnded()).toHaveLength(workspaces.length))
  const living = () => pool.listSessions().map(({ workspace }) => workspace)
  return { host, pool, living }
}

const slowCheck = async () => {
  await sleep(10)
  return 'ok' as const
}

test('of two sessions with one key that are asked for at the same time, one comes back', async () => {
  const resume = { ...quick, when: 'request', keys: () => ['one'], check: slowCheck } as const
  const { pool, living } = await lost(['a', 'b'], { resume: { ...resume } })
  const answers = await Promise.allSettled(['a', 'b'].map((name) => pool.getOrCreateSession(name)))
  expect(living()).toHaveLength(1)
  expect(answers.filter(({ status }) => status === 'rejected')).toMatchObject([
    { reason: { code: 'NOT_RESUMABLE', context: { why: 'key' } } },
  ])
})

test('of two sessions with one key that are asked for at the same time, one is prepared', async () => {
  const prepared: string[] = []
  const prepare = async ({ workspace }: { readonly workspace: string }) => {
    prepared.push(workspace)
    await sleep(10)
  }
  const { pool } = await lost(['a', 'b'], { resume: { ...quick, when: 'request', keys: () => ['one'], prepare } })
  await Promise.allSettled(['a', 'b'].map((name) => pool.getOrCreateSession(name)))
  expect(prepared).toHaveLength(1)
})

test('a session does not come back beside one that is being created with its key', async () => {
  const keys = ({ attributes }: { readonly attributes?: unknown }) => [Object.keys(attributes ?? {}).join() || 'none']
  let isSlow = false
  const ready = () => (isSlow ? sleep(50) : Promise.resolve())
  const { pool, living } = await lost(['a'], { resume: { ...quick, keys }, ready })
  isSlow = true
  const fresh = pool.getOrCreateSession('fresh', { resume: false })
  await sleep(5)
  await expect(pool.resumeSession('a')).rejects.toMatchObject({ code: 'NOT_RESUMABLE', context: { why: 'key' } })
  await fresh
  expect(living()).toEqual(['fresh'])
})

test.each([
  ['checked', { check: slowCheck }],
  ['prepared', { prepare: () => sleep(10) }],
])('a session does not come back beside one that got its key while the gateway %s it', async (_, hook) => {
  const keys = ({ attributes }: { readonly attributes?: unknown }) => [Object.keys(attributes ?? {}).join() || 'none']
  const { pool, living } = await lost(['a'], { resume: { ...quick, when: 'request', keys, ...hook } })
  const resumed = expect(pool.getOrCreateSession('a')).rejects.toMatchObject({ context: { why: 'key' } })
  await sleep(5)
  await pool.getOrCreateSession('fresh')
  await resumed
  expect(living()).toEqual(['fresh'])
})

test('a session comes back when an earlier one with its key was refused while it was checked', async () => {
  const check = async ({ workspace }: { readonly workspace: string }) => {
    await sleep(workspace === 'a' ? 10 : 20)
    return workspace === 'a' ? { skip: 'not this one' } : ('ok' as const)
  }
  const { pool, living } = await lost(['a', 'b'], { resume: { ...quick, keys: () => ['one'], check } })
  const answers = await Promise.allSettled(['a', 'b'].map((name) => pool.resumeSession(name)))
  expect(answers.map(({ status }) => status)).toEqual(['rejected', 'fulfilled'])
  expect(living()).toEqual(['b'])
})

test('a session that comes back and one that is created at the same time are never more than maxSessions', async () => {
  const resume = { ...quick, when: 'request', check: slowCheck } as const
  const { pool, living } = await lost(['a'], { resume, maxSessions: 1 })
  const answers = await Promise.allSettled([
    pool.getOrCreateSession('a'),
    sleep(5).then(() => pool.getOrCreateSession('fresh')),
  ])
  expect(living()).toHaveLength(1)
  expect(answers.filter(({ status }) => status === 'rejected')).toHaveLength(1)
})

test('two sessions that are asked for at the same time are never more than maxSessions', async () => {
  const resume = { ...quick, when: 'request', check: slowCheck } as const
  const { pool, living } = await lost(['a'], { resume, maxSessions: 1 })
  await pool.getOrCreateSession('b')
  await pool.deleteSession('b')
  await Promise.allSettled([pool.getOrCreateSession('a'), pool.getOrCreateSession('c')])
  expect(living()).toHaveLength(1)
})

test('queue: a request waits for room too if its session comes back', async () => {
  const resume = { ...quick, when: 'request', check: slowCheck } as const
  const { pool, living } = await lost(['a', 'b'], { resume, maxSessions: 2, whenFull: 'queue' })
  await pool.getOrCreateSession('x')
  await pool.getOrCreateSession('y')
  const back = pool.getOrCreateSession('a')
  const fresh = pool.getOrCreateSession('z')
  await pool.deleteSession('x')
  expect(await back).toMatchObject({ resumed: true })
  expect(living().sort()).toEqual(['a', 'y'])
  await pool.deleteSession('y')
  expect(await fresh).toMatchObject({ created: true })
})

test('a pass that is given up starts no further session', async () => {
  const { pool, living } = await lost(['a', 'b', 'c'], { resume: { ...quick, spacingMs: 100, concurrency: 1 } })
  const giveUp = new AbortController()
  const pass = pool.resume({}, { signal: giveUp.signal })
  await until(() => expect(living()).toHaveLength(1))
  giveUp.abort()
  const { resumed, skipped } = await pass
  expect(resumed).toHaveLength(1)
  expect(skipped).toHaveLength(2)
  expect(living()).toHaveLength(1)
})

test('a plan that fails is made again', async () => {
  let failures = 0
  const order = () => {
    failures += 1
    if (failures === 1) throw new Error('not now')
    return 0
  }
  const backoff = { minMs: 200 }
  const { living } = await lost(['a', 'b'], { resume: { ...quick, when: 'start', order, backoff } })
  await clock.advance(2000)
  expect(living()).toHaveLength(2)
})

test('a session name that another program no longer has is free', async () => {
  const { host, pool } = await lost(['a'], { resume: { ...quick, when: 'request' }, poolId: 'mine' })
  await host.create('claude-a', { workspace: 'a', pool: 'another', createdAt: 1 } as never)
  expect(await pool.planResume()).toMatchObject({ blocked: [{ workspace: 'a', why: 'foreign' }] })
  const [foreign] = await host.list()
  if (foreign) await host.kill(foreign)
  expect(await pool.getOrCreateSession('a')).toMatchObject({ resumed: true })
})

test('a check that never answers blocks its session, and a preparation that never ends fails its attempt', async () => {
  const never = () => new Promise<never>(() => undefined)
  const checked = await lost(['a'], { resume: { ...quick, check: never }, readyTimeoutMs: 100 })
  expect(await checked.pool.planResume()).toMatchObject({
    blocked: [{ workspace: 'a', why: 'check', detail: expect.stringContaining('100 ms') }],
  })
  const prepared = await lost(['a'], { resume: { ...quick, prepare: never }, readyTimeoutMs: 100 })
  await expect(prepared.pool.resumeSession('a')).rejects.toThrow('prepare()')
  expect(prepared.pool.listEnded()).toMatchObject([{ tries: { count: 1, error: expect.stringContaining('100 ms') } }])
})

test.each(['prepare', 'launch'])('%s that fails is named in the error and in the record', async (what) => {
  let isFailing = false
  const fail = async () => {
    if (isFailing) throw new Error('no worktree')
    return {}
  }
  const given = what === 'launch' ? { launch: fail } : { resume: { ...quick, prepare: fail } }
  const { pool } = await lost(['a'], given)
  isFailing = true
  const message = `${what}() of a failed: no worktree; no command was started.`
  await expect(pool.resumeSession('a')).rejects.toMatchObject({ code: 'SESSION_NOT_READY', message })
  expect(pool.listEnded()).toMatchObject([{ tries: { count: 1, error: message } }])
})

test('an order that fails rejects the plan', async () => {
  const order = () => {
    throw new Error('no order')
  }
  const sorted = await lost(['a', 'b'], { resume: { ...quick, order } })
  await expect(sorted.pool.planResume()).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining('no order'),
  })
  await expect(sorted.pool.resume({ causes: ['nope' as never] })).rejects.toThrow('resume() cannot use these options')
})

test('a pool that was stopped during the preparation starts no session, and the attempt does not count', async () => {
  const { host, pool } = await lost(['a'], { resume: { ...quick, prepare: () => sleep(50) } })
  const back = pool.resumeSession('a').catch((error: unknown) => error)
  await sleep(20)
  await pool.stop()
  expect(await back).toMatchObject({ code: 'POOL_STOPPED' })
  expect(await host.list()).toEqual([])
})

test.each([
  ['redact has changed it', { redact: (text: string) => text.replace('s3cret', '***') }, ['agent', '--key=s3cret']],
  ['it is too long', {}, ['agent', 'x'.repeat(5000)]],
])('a session whose command is not stored, since %s, waits until somebody gives it', async (_why, history, command) => {
  const host = memoryHost({ clock })
  const started: unknown[] = []
  const noting = {
    ...host,
    create(...given: Parameters<typeof host.create>) {
      started.push(given[1].command)
      return host.create(...given)
    },
  }
  const { pool } = makePool({ host: noting, metadata: { store: memoryStore() }, resume: quick, history })
  await pool.start()
  await pool.getOrCreateSession('a', { command })
  host.control.endServer()
  await until(() => expect(pool.listEnded()).toHaveLength(1))
  expect(JSON.stringify(pool.listEnded())).not.toContain('s3cret')
  expect(await pool.planResume()).toMatchObject({ blocked: [{ workspace: 'a', why: 'command' }] })
  await expect(pool.resumeSession('a')).rejects.toMatchObject({ context: { why: 'command' } })
  await pool.resumeSession('a', { command })
  expect(started).toEqual([command, command])
})

test.each([
  ['resume', null],
  ['resume', { resume: 5 }],
  ['resume', { resume: [], host: 'listed' }],
  ['planResume', { causes: ['nonsense'] }],
  ['listEnded', null],
  ['listEnded', { limit: -1 }],
  ['listEnded', { sinc: 1 }],
  ['forgetEnded', { causes: ['nonsense'] }],
] as const)('%s() refuses %j', async (verb, given) => {
  const { pool } = await lost(['a'])
  const call = async () => pool[verb](given as never)
  await expect(call()).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
})
