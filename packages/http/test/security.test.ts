import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createHttpApp } from '../src/index.ts'
import { fixture, TOKEN } from './support/pool.ts'

const none = { authorization: '' }

describe('access', () => {
  it('refuses every route of the document without the token, with a wrong one, and with it in the address', async () => {
    const { call } = await fixture({ readOnly: false })
    const { paths } = (await call('GET', '/openapi.json')).body as { paths: Record<string, Record<string, unknown>> }
    const routes = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => [method, path]),
    )
    expect(routes.length).toBeGreaterThan(20)
    for (const [method = '', path = ''] of [
      ...routes,
      ['get', '/openapi.json'],
      ['get', '/dashboard.js'],
      ['get', '/dashboard.css'],
      ['get', '/'],
      ['get', '/nothing'],
    ]) {
      const url = path.replace('{workspace}', 'docs')
      expect((await call(method.toUpperCase(), url, undefined, none)).status, `${method} ${path}`).toBe(401)
      expect((await call(method.toUpperCase(), url, undefined, { authorization: `Bearer ${TOKEN}x` })).status).toBe(401)
      if (path !== '/')
        expect((await call(method.toUpperCase(), `${url}?token=${TOKEN}`, undefined, none)).status).toBe(401)
    }
  })

  it('says how to send the token, in words that are not masked', async () => {
    const { call } = await fixture()
    const { message } = (await call('GET', '/status', undefined, none)).body.error
    expect(message).toMatch(
      /in the header Authorization, after the word Bearer\. The gateway printed it at its start\.$/,
    )
  })

  it('allows no change unless readOnly is false', async () => {
    const { call, pool } = await fixture()
    await pool.getOrCreateSession('docs')
    expect((await call('GET', '/sessions/docs')).status).toBe(200)
    for (const [method, path] of [
      ['DELETE', '/sessions/docs'],
      ['POST', '/sessions'],
      ['POST', '/sessions/docs/text'],
      ['POST', '/persistence/rollback'],
    ] as const) {
      expect(await call(method, path, {})).toMatchObject({
        status: 403,
        body: { error: { code: 'FORBIDDEN_READ_ONLY' } },
      })
    }
    expect(pool.getSession('docs')).toBeDefined()
  })

  it('makes a new token for each app when none is given, and refuses a short one', async () => {
    const { pool } = await fixture()
    const apps = [createHttpApp(pool), createHttpApp(pool)]
    const [first, second] = apps.map(({ token }) => token)
    expect(first).toMatch(/^[\w-]{43}$/)
    expect(second).not.toBe(first)
    expect(() => createHttpApp(pool, { token: 'short' })).toThrow('16 to 512')
    for (const app of apps) app.close()
  })

  it('asks authorize() instead of the token, which may allow reading only, and whose failure refuses the request', async () => {
    let answer: () => 'read' | 'write' | boolean = () => 'read'
    const { call } = await fixture({ readOnly: true, authorize: () => answer() })
    expect((await call('GET', '/sessions')).status).toBe(200)
    expect((await call('POST', '/sessions', { workspace: 'a' })).status).toBe(403)
    answer = () => 'write'
    expect((await call('POST', '/sessions', { workspace: 'a' })).status).toBe(201)
    answer = () => false
    expect((await call('GET', '/sessions')).status).toBe(401)
    answer = () => {
      throw new Error('the directory service is down')
    }
    expect((await call('GET', '/sessions')).status).toBe(401)
  })

  it('logs an authorize() that throws once a minute, however many requests come, and masks what it says', async () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    onTestFinished(() => void vi.useRealTimers())
    const logged: unknown[][] = []
    const authorize = () => {
      throw new Error('no answer from ldap://ada:s3cret@host')
    }
    const { call } = await fixture({ authorize, logger: { error: (...line) => logged.push(line) } })
    const ask = async () => expect((await call('GET', '/sessions')).status).toBe(401)
    for (let asked = 0; asked < 5; asked += 1) await ask()
    const line = [{ err: { message: 'no answer from ldap://***@host' }, times: 1 }, expect.stringContaining('refused')]
    expect(logged).toMatchObject([line])
    vi.advanceTimersByTime(60_000)
    await ask()
    expect(logged).toMatchObject([line, [{ times: 6 }, expect.anything()]])
  })

  it('lets everything pass on a trusted channel', async () => {
    const { app } = await fixture()
    const request = new Request('http://anything/sessions', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"workspace":"docs"}',
    })
    expect((await app.fetchTrusted(request)).status).toBe(201)
  })

  it('logs a browser in by a link, with a cookie that is not the token and that scripts cannot read', async () => {
    const { call } = await fixture()
    const { status, headers } = await call('GET', `/?token=${TOKEN}`, undefined, none)
    expect([status, headers.get('location')]).toEqual([303, './'])
    const cookie = headers.get('set-cookie') ?? ''
    expect(cookie).toMatch(/HttpOnly/)
    expect(cookie).toMatch(/SameSite=Strict/)
    expect(cookie).not.toContain(TOKEN)
    const pair = cookie.split(';')[0] ?? ''
    expect((await call('GET', '/sessions', undefined, { ...none, cookie: pair })).status).toBe(200)
    expect((await call('GET', '/sessions', undefined, { ...none, cookie: `${pair}x` })).status).toBe(401)
    expect((await call('GET', '/?token=wrong', undefined, none)).status).toBe(401)
  })

  it('logs a browser in by its form', async () => {
    const { call } = await fixture()
    const form = { ...none, 'content-type': 'application/x-www-form-urlencoded' }
    const page = await call('GET', '/', undefined, none)
    expect(page).toMatchObject({ status: 401, body: expect.stringContaining('<form method="post" action="login">') })
    expect((await call('POST', '/login', `token=${TOKEN}`, form)).status).toBe(303)
    expect((await call('POST', '/login', 'token=wrong', form)).status).toBe(401)
    expect((await call('POST', '/login', `token=${TOKEN}`, { ...form, origin: 'http://evil.example' })).status).toBe(
      403,
    )
  })
})

describe('requests that a browser sends for somebody else', () => {
  it.each([
    [{ host: 'evil.example' }, 'FORBIDDEN_HOST'],
    [{ host: 'localhost.evil.example' }, 'FORBIDDEN_HOST'],
    [{ origin: 'http://evil.example' }, 'FORBIDDEN_ORIGIN'],
    [{ origin: 'null' }, 'FORBIDDEN_ORIGIN'],
    [{ origin: 'http://localhost:9999', host: 'localhost:8080' }, 'FORBIDDEN_ORIGIN'],
    [{ 'sec-fetch-site': 'cross-site' }, 'FORBIDDEN_ORIGIN'],
    [{ 'sec-fetch-site': 'same-site' }, 'FORBIDDEN_ORIGIN'],
  ])('are refused: %o', async (headers, code) => {
    const { call } = await fixture({ readOnly: false })
    for (const [method, path] of [
      ['GET', '/sessions'],
      ['GET', '/livez'],
      ['POST', '/persistence/rollback'],
    ] as const)
      expect(await call(method, path, undefined, headers)).toMatchObject({ status: 403, body: { error: { code } } })
  })

  it.each([
    { host: '127.0.0.1:8080' },
    { host: '[::1]:8080' },
    { host: 'LOCALHOST' },
    { origin: 'http://localhost:8080', host: 'localhost:8080' },
    { 'sec-fetch-site': 'same-origin' },
    { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' },
  ])('pass when the host and the origin are those of the app: %o', async (headers) => {
    const { call } = await fixture()
    expect((await call('GET', '/sessions', undefined, headers)).status).toBe(200)
  })

  it('pass for hosts and origins that the options name', async () => {
    const { call } = await fixture({ hosts: ['admin.example.com'], origins: ['https://portal.example.com'] })
    const headers = { host: 'admin.example.com', origin: 'https://portal.example.com' }
    expect((await call('GET', '/sessions', undefined, headers)).status).toBe(200)
    expect((await call('GET', '/sessions', undefined, { host: 'localhost' })).status).toBe(403)
  })
})

describe('bad requests', () => {
  it.each([
    ['POST', '/sessions', '{', 400, 'REQUEST_INVALID'],
    ['POST', '/sessions', '[]', 400, 'REQUEST_INVALID'],
    ['POST', '/sessions', {}, 400, 'REQUEST_INVALID'],
    ['POST', '/sessions', { workspace: 'docs', evil: 1 }, 400, 'REQUEST_INVALID'],
    ['POST', '/sessions', { workspace: '../../etc/passwd' }, 400, 'INVALID_WORKSPACE'],
    ['POST', '/sessions', { workspace: 'a;rm -rf /' }, 400, 'INVALID_WORKSPACE'],
    ['POST', '/sessions', { workspace: 'a\u0000b' }, 400, 'INVALID_WORKSPACE'],
    ['POST', '/sessions', { workspace: '__proto__', attributes: 5 }, 400, 'REQUEST_INVALID'],
    ['POST', '/sessions/docs/keys', { keys: ['NoSuchKey!'] }, 400, 'REQUEST_INVALID'],
    ['POST', '/sessions/docs/keys', { keys: [] }, 400, 'REQUEST_INVALID'],
    ['POST', '/sessions/docs/text', { text: '\u001b[2J', controls: 'refuse' }, 400, 'REQUEST_INVALID'],
    ['GET', '/sessions/..%2F..%2Fetc%2Fpasswd', undefined, 404, 'SESSION_NOT_FOUND'],
    ['GET', '/sessions/%00', undefined, 404, 'SESSION_NOT_FOUND'],
    ['GET', '/sessions/%E0%A4%A', undefined, 404, 'SESSION_NOT_FOUND'],
    ['GET', '/sessions/docs/screen?history=-1', undefined, 400, 'REQUEST_INVALID'],
    ['GET', '/..%2fpackage.json', undefined, 404, 'NOT_FOUND'],
    ['GET', '/dashboard/../../package.json', undefined, 404, 'NOT_FOUND'],
    ['PUT', '/sessions/docs', {}, 404, 'NOT_FOUND'],
    ['DELETE', '/sessions/docs?waitMS=600000', undefined, 400, 'REQUEST_INVALID'],
    ['DELETE', '/sessions/docs?__proto__=1', undefined, 400, 'REQUEST_INVALID'],
    ['GET', '/sessions/docs/screen?lines=5', undefined, 400, 'REQUEST_INVALID'],
    ['GET', '/ended?workspace=docs', undefined, 400, 'REQUEST_INVALID'],
    ['GET', '/resume/plan?workspace=docs', undefined, 400, 'REQUEST_INVALID'],
    ['GET', '/persistence/preview?store=file', undefined, 400, 'REQUEST_INVALID'],
    ['POST', '/sessions', '{"workspace":"a","__proto__":{"cwd":"/"}}', 400, 'REQUEST_INVALID'],
    ['POST', '/sessions', { workspace: 'a', attributes: null }, 400, 'REQUEST_INVALID'],
    ['POST', '/sessions', { workspace: 'a', attributes: [] }, 400, 'REQUEST_INVALID'],
  ] as const)('%s %s with %j are refused with %i', async (method, path, body, status, code) => {
    const { call, pool } = await fixture({ readOnly: false })
    await pool.getOrCreateSession('docs')
    expect(await call(method, path, body)).toMatchObject({ status, body: { error: { code } } })
  })

  it('are refused with the name of a parameter that the route does not have, and nothing is done', async () => {
    const { call, pool } = await fixture({ readOnly: false })
    await pool.getOrCreateSession('docs')
    const { body } = await call('DELETE', '/sessions/docs?waitMS=600000')
    expect(body.error.message).toContain('waitMS')
    expect(pool.getSession('docs')).toBeDefined()
  })

  it('are refused above the limit of bytes, also without a length', async () => {
    const { call, app } = await fixture({ readOnly: false, maxBodyBytes: 1000 })
    const large = { workspace: 'a', attributes: { text: 'x'.repeat(2000) } }
    expect(await call('POST', '/sessions', large)).toMatchObject({
      status: 413,
      body: { error: { code: 'BODY_TOO_LARGE' } },
    })
    const stream = new Blob([JSON.stringify(large)]).stream()
    const request = new Request('http://localhost/sessions', {
      ...{ method: 'POST', body: stream, duplex: 'half' },
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    })
    expect((await app.fetch(request)).status).toBe(413)
  })

  it('are refused when they are not declared as JSON', async () => {
    const { call } = await fixture({ readOnly: false })
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])
      expect((await call('POST', '/persistence/rollback', '{}', { 'content-type': type })).status).toBe(415)
  })
})

describe('a body that does not arrive', () => {
  it('is refused when the client leaves, and the log says nothing', async () => {
    const logged: unknown[] = []
    const { app } = await fixture({ logger: { error: (...given: unknown[]) => void logged.push(given) } })
    for (const path of ['/sessions', '/login']) {
      const broken = new ReadableStream({ pull: (controller) => controller.error(new Error('aborted')) })
      const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' }
      const init = { method: 'POST', body: broken, duplex: 'half' as const, headers }
      const answer = await app.fetch(new Request(`http://localhost${path}`, init))
      expect(answer.status).toBe(400)
      expect(await answer.json()).toMatchObject({ error: { code: 'REQUEST_INVALID' } })
    }
    expect(logged).toEqual([])
  })
})

describe('answers', () => {
  it('mask what sounds like a secret, and have the headers of a closed app', async () => {
    const { call, pool } = await fixture({ readOnly: false })
    await pool.getOrCreateSession('docs', {
      attributes: { apiKey: 's3cret-1', url: 'redis://u:s3cret-2@db', topic: 'a' },
    })
    const { body, headers } = await call('GET', '/sessions')
    expect(JSON.stringify(body)).not.toContain('s3cret')
    expect(body.sessions[0].attributes).toEqual({ apiKey: '***', url: 'redis://***@db', topic: 'a' })
    expect(headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    // With no-referrer the form of the login would have the origin null, and be refused.
    expect(headers.get('referrer-policy')).toBe('same-origin')
    expect(headers.get('access-control-allow-origin')).toBeNull()
  })

  it('name a workspace as it is, so that other requests find it, though it looks like a login', async () => {
    const { call, pool } = await fixture({ readOnly: false }, { sessionName: 'encoded' })
    const names = ['mail:ada@example.org', 'mail:bob@example.org', 'token: abc']
    for (const workspace of names) await pool.getOrCreateSession(workspace, { attributes: { token: 's3cret' } })
    const { body } = await call('GET', '/sessions')
    expect(body.sessions.map(({ workspace }: { workspace: string }) => workspace)).toEqual(names)
    expect(JSON.stringify(body)).not.toContain('s3cret')
  })

  it('have the last screen of an ended session to its end, masked', async () => {
    const { call, pool, host } = await fixture()
    await pool.getOrCreateSession('docs')
    const screen = `${`${'words '.repeat(24)}\n`.repeat(40)}redis://ada:hunter2@db\nthe last line`
    host.control.exit('claude-docs', { exitCode: 1, screen })
    await pool.discoverExistingSessions()
    expect((await call('GET', '/ended/docs')).body.ended.screen).toBe(screen.replace('ada:hunter2', '***'))
  })

  it('say nothing of an error without a code', async () => {
    const { call } = await fixture({}, { takeIn: () => true })
    const { app } = await fixture()
    app.app.get('/broken', () => {
      throw new Error('a detail')
    })
    const response = await app.fetch(
      new Request('http://localhost/broken', { headers: { authorization: `Bearer ${TOKEN}` } }),
    )
    expect(response.status).toBe(500)
    expect(await response.text()).not.toContain('a detail')
    expect((await call('OPTIONS', '/sessions')).status).not.toBe(200)
  })

  it('carry HTML and escape sequences as JSON text, never as a page', async () => {
    const { call, pool } = await fixture({ readOnly: false })
    const evil = '<img src=x onerror=alert(1)>\u001b]0;title\u0007'
    await pool.getOrCreateSession('docs', { attributes: { evil } })
    await pool.sendText('docs', evil, { controls: 'pass' })
    const screen = await call('GET', '/sessions/docs/screen')
    expect(screen.headers.get('content-type')).toContain('application/json')
    expect(screen.body.screen).toContain('<img')
    expect((await call('GET', '/sessions/docs')).body.attributes.evil).toBe(evil)
    const missing = await call('GET', `/sessions/${encodeURIComponent(evil)}`)
    expect(missing.headers.get('content-type')).toContain('application/json')
  })
})
