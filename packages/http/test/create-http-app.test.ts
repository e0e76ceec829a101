import { memoryStore, StoreError } from '@sessionkeep/core'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createHttpApp } from '../src/index.ts'
import { fixture } from './support/pool.ts'

describe('the routes of sessions', () => {
  it('create, show, list and delete the session of a workspace', async () => {
    const { call } = await fixture({ readOnly: false })
    const created = await call('POST', '/sessions', { workspace: 'docs', attributes: { topic: 'a' } })
    expect(created).toMatchObject({
      status: 201,
      body: { created: true, resumed: false, session: { workspace: 'docs' } },
    })
    expect(await call('POST', '/sessions', { workspace: 'docs' })).toMatchObject({
      status: 200,
      body: { created: false },
    })
    expect((await call('GET', '/sessions/docs')).body).toMatchObject({ status: 'idle', attributes: { topic: 'a' } })
    expect((await call('GET', '/sessions')).body.sessions).toHaveLength(1)
    expect((await call('DELETE', '/sessions/docs')).status).toBe(204)
    expect(await call('GET', '/sessions/docs')).toMatchObject({
      status: 404,
      body: { error: { code: 'SESSION_NOT_FOUND' } },
    })
  })

  it('keep attributes of every name', async () => {
    const { call, pool } = await fixture({ readOnly: false })
    const attributes = '{"__proto__":{"x":1},"constructor":{"__proto__":2},"a":3}'
    const created = await call('POST', '/sessions', `{"workspace":"docs","attributes":${attributes}}`)
    expect(created.status).toBe(201)
    expect(JSON.stringify(pool.getSession('docs')?.attributes)).toBe(attributes)
    expect(JSON.stringify(created.body.session.attributes)).toBe(attributes)
  })

  it('type a text, which counts as a request, press keys, and show the screen', async () => {
    const { call, pool } = await fixture({ readOnly: false })
    await pool.getOrCreateSession('docs')
    expect((await call('POST', '/sessions/docs/text', { text: 'hello', submit: true })).body).toEqual({
      submitted: true,
      foundUnsubmitted: false,
    })
    expect((await call('POST', '/sessions/docs/keys', { keys: ['x', 'Enter'] })).status).toBe(204)
    expect((await call('GET', '/sessions/docs/screen?history=5&join=true')).body).toEqual({ screen: 'hello\nx\n' })
    expect(pool.getSession('docs')?.totalRequests).toBe(1)
  })

  it('take a session out of use, save it, and set its size', async () => {
    const { call, pool } = await fixture({ readOnly: false })
    await pool.getOrCreateSession('docs')
    expect((await call('POST', '/sessions/docs/draining', { draining: true })).status).toBe(204)
    expect(pool.getSession('docs')?.status).toBe('draining')
    expect((await call('POST', '/sessions/docs/save')).body).toMatchObject({ stores: expect.any(Array) })
    expect((await call('POST', '/sessions/docs/resize', { cols: 80, rows: 24 })).status).toBe(204)
  })
})

describe('the route of metrics', () => {
  const metrics = { contentType: 'text/plain; version=0.0.4', metrics: async () => 'sessionkeep_sessions 1\n' }

  it('shows the text of the registry to callers with the token, and is not there without a registry', async () => {
    const { app } = await fixture({ metrics })
    const ask = (headers: Record<string, string>) => app.fetch(new Request('http://localhost/metrics', { headers }))
    const answer = await ask({ authorization: `Bearer ${app.token}` })
    expect(await answer.text()).toBe('sessionkeep_sessions 1\n')
    expect(answer.headers.get('content-type')).toBe(metrics.contentType)
    expect((await ask({})).status).toBe(401)
    const { call } = await fixture()
    expect((await call('GET', '/metrics')).status).toBe(404)
  })
})

describe('the routes of ended sessions', () => {
  it('list an ended session with its exit code and last lines, resume it, and forget it', async () => {
    const { call, pool, host } = await fixture({ readOnly: false })
    await pool.getOrCreateSession('docs')
    host.control.exit('claude-docs', { exitCode: 3, screen: 'last words' })
    await pool.discoverExistingSessions()
    const { body } = await call('GET', '/ended?causes=exited')
    expect(body.sessions).toMatchObject([
      { workspace: 'docs', ended: { cause: 'exited', exitCode: 3, screen: 'last words' } },
    ])
    expect((await call('GET', '/ended/docs')).body).toMatchObject({ workspace: 'docs' })
    expect((await call('GET', '/resume/plan')).body).toMatchObject({ host: 'listed', offered: expect.any(Array) })
    expect(await call('POST', '/ended/docs/resume')).toMatchObject({
      status: 200,
      body: { workspace: 'docs', generation: 2 },
    })
    host.control.exit('claude-docs', { exitCode: 0 })
    await pool.discoverExistingSessions()
    expect((await call('DELETE', '/ended/docs')).body).toEqual({ forgotten: ['docs'] })
    expect((await call('GET', '/ended/docs')).status).toBe(404)
    expect((await call('POST', '/ended/docs/resume', {})).status).toBe(404)
  })

  it('resume the sessions that ended with their server', async () => {
    const { call, pool, host } = await fixture({ readOnly: false })
    await pool.getOrCreateSession('docs')
    host.control.endServer()
    await pool.discoverExistingSessions()
    expect((await call('POST', '/resume')).body).toMatchObject({
      resumed: [{ workspace: 'docs', cause: 'server' }],
      failed: [],
    })
  })
})

describe('the routes of persistence', () => {
  it('switch to another store, say what a rollback would lose, and roll back', async () => {
    const { call, pool } = await fixture({ readOnly: false })
    await pool.getOrCreateSession('docs')
    expect((await call('POST', '/persistence/switch', { store: 'memory', reason: 'a test' })).body).toMatchObject({
      to: ['memory'],
    })
    const preview = (await call('GET', '/persistence/preview')).body
    expect(preview).toMatchObject({ action: 'rollback', unsafe: { records: 1 } })
    expect(preview.lost[0]).toMatch(/^1 record not yet safe, the oldest \d+\.\d s\.$/)
    expect((await call('POST', '/persistence/rollback')).body).toMatchObject({ to: ['memory'], detached: [] })
    expect((await call('GET', '/persistence')).body.effective).toMatchObject({ reason: 'rolled-back' })
    expect((await call('GET', '/selection')).body.layers[0]).toMatchObject({ layer: 'runtime', verdict: 'decides' })
    expect((await call('POST', '/persistence/drain')).body).toMatchObject({ unsaved: [] })
    expect((await call('GET', '/status')).body).toMatchObject({ process: { pid: process.pid }, mayWrite: true })
  })

  it('say that the records of a failing store stay, and what a rollback loses', async () => {
    const store = memoryStore()
    const faulty = { ...store, name: 'disk', setMany: () => Promise.reject(new StoreError('STORE_FULL', 'no room')) }
    const { call, pool } = await fixture({}, { metadata: { store: faulty, flushIntervalMs: 20 } })
    await pool.getOrCreateSession('docs')
    await expect.poll(() => pool.persistence().effective.reason, { timeout: 30_000 }).toBe('degraded')
    const { kept, lost } = (await call('GET', '/persistence/preview')).body
    expect(kept).toContain('The records in disk stay there as they are.')
    expect(lost[0]).toMatch(/^1 record not yet safe/)
  })

  it('leave the stores as they are when the new one cannot be used', async () => {
    const { call, pool } = await fixture({ readOnly: false })
    const before = pool.persistence().effective
    const wrong = await call('POST', '/persistence/switch', { store: 'flie' })
    expect(wrong).toMatchObject({ status: 400, body: { error: { code: 'CONFIG_UNKNOWN_STORE' } } })
    expect(pool.persistence().effective).toEqual(before)
  })
})

it.each(['null', 'undefined', 'not a function', 'a "null" in quotes'])(
  'the key %s, which no terminal has, is refused as a fault of the caller, and nothing is logged',
  async (key) => {
    const logged: unknown[] = []
    const { call, pool } = await fixture({ readOnly: false, logger: { error: (fields) => logged.push(fields) } })
    await pool.getOrCreateSession('docs')
    const answer = await call('POST', '/sessions/docs/keys', { keys: [key] })
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'REQUEST_INVALID' } } })
    expect(logged).toEqual([])
  },
)

it('the errors of a pool have their codes, also if the pool is of another copy of core than the routes', async () => {
  vi.resetModules()
  const { createSessionPool, StoreError: Other } = await import('@sessionkeep/core')
  const { memoryHost } = await import('@sessionkeep/core/testing')
  expect(Other).not.toBe(StoreError)
  const pool = createSessionPool({ host: memoryHost(), metadata: { store: 'memory' } })
  await pool.start()
  const app = createHttpApp(pool, { authorize: () => true, readOnly: false })
  onTestFinished(async () => {
    app.close()
    await pool.stop()
  })
  const answer = await app.fetch(new Request('http://localhost/sessions/docs/save', { method: 'POST' }))
  expect(answer.status).toBe(404)
  expect(await answer.json()).toMatchObject({ error: { code: 'SESSION_NOT_FOUND' } })
})

describe('health', () => {
  it('is live without asking host or stores, and not ready while the host is away', async () => {
    const { call, host, pool } = await fixture()
    expect(await call('GET', '/readyz')).toMatchObject({ status: 200, body: { status: 'ok' } })
    host.control.setUnavailable('gone')
    await pool.discoverExistingSessions()
    expect(await call('GET', '/livez')).toMatchObject({ status: 200, body: { status: 'ok' } })
    expect(await call('GET', '/readyz')).toMatchObject({ status: 503, body: { status: 'unavailable' } })
  })

  it('is not ready after a rollback when persistence is required', async () => {
    const { call, pool } = await fixture({ requirePersistence: true })
    await pool.rollback()
    expect(await call('GET', '/readyz')).toMatchObject({
      status: 503,
      body: { status: 'degraded', persistence: 'rolled-back' },
    })
  })

  it('is live and not ready before the pool has started', async () => {
    const { pool } = await fixture()
    await pool.stop()
    const app = createHttpApp(pool, { authorize: () => true })
    expect((await app.fetch(new Request('http://localhost/readyz'))).status).toBe(503)
    expect((await app.fetch(new Request('http://localhost/livez'))).status).toBe(200)
    app.close()
  })
})

describe('the OpenAPI document', () => {
  it('has every route with its request and its answers', async () => {
    const { call } = await fixture()
    const { body } = await call('GET', '/openapi.json')
    expect(body.openapi).toBe('3.1.0')
    expect(Object.keys(body.paths)).toEqual(
      expect.arrayContaining(['/sessions/{workspace}', '/persistence/switch', '/events']),
    )
    expect(body.paths['/sessions'].post.requestBody.content['application/json'].schema.$ref).toContain('CreateSession')
    expect(JSON.stringify(body)).not.toContain('a-token-for-tests')
  })
})
