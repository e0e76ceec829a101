import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import { expect, it, onTestFinished } from 'vitest'
import { serveHttp, toNodeHandler } from '../src/node.ts'
import { fixture, TOKEN } from './support/pool.ts'

const listening = async (server: Server): Promise<string> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Uses an app at a base: reads, writes with a body, and is refused without the token. */
async function use(base: string, fetched: (request: Request) => Promise<Response> | Response = fetch): Promise<void> {
  const call = (path: string, init: RequestInit = {}) => {
    const { headers, ...rest } = init
    return fetched(
      new Request(`${base}${path}`, { headers: { authorization: `Bearer ${TOKEN}`, ...headers }, ...rest }),
    )
  }
  const created = await call('/sessions', {
    ...{ method: 'POST', body: JSON.stringify({ workspace: 'docs' }) },
    headers: { 'content-type': 'application/json' },
  })
  expect(created.status, await created.text()).toBe(201)
  const listed = await call('/sessions?x=1')
  expect(((await listed.json()) as { sessions: unknown[] }).sessions).toHaveLength(1)
  expect((await call('/sessions', { headers: { authorization: '' } })).status).toBe(401)
  expect((await call('/nothing')).status).toBe(404)
  // A body of unknown length, no body in spite of its type, and a method without a route.
  const text = new TextEncoder().encode(JSON.stringify({ workspace: 'parts' }))
  const parts = new ReadableStream({
    start(controller) {
      for (const part of [text.slice(0, 5), text.slice(5)]) controller.enqueue(part)
      controller.close()
    },
  })
  const json = { 'content-type': 'application/json' }
  const inParts = { method: 'POST', body: parts, duplex: 'half', headers: json } as RequestInit
  expect((await call('/sessions', inParts)).status).toBe(201)
  expect((await call('/sessions/parts', { method: 'DELETE', headers: json })).status).toBe(204)
  for (const method of ['PUT', 'PATCH', 'OPTIONS', 'DELETE'])
    expect((await call('/sessions', { method })).status).toBe(404)
}

it('works mounted in Hono', async () => {
  const { app } = await fixture({ readOnly: false })
  const gateway = new Hono().get('/', (context) => context.text('mine')).mount('/admin', app.fetch)
  await use('http://localhost/admin', (request) => gateway.fetch(request))
  expect(await (await gateway.request('/')).text()).toBe('mine')
})

it('works mounted in Hono with route()', async () => {
  const { app } = await fixture({ readOnly: false })
  const gateway = new Hono().route('/admin', app.app)
  await use('http://localhost/admin', (request) => gateway.fetch(request))
})

it('works mounted in Express', async () => {
  const { app } = await fixture({ readOnly: false })
  const base = `${await listening(createServer(express().use('/admin', toNodeHandler(app))))}/admin`
  await use(base)
  await leadsToTheSlash(base)
})

/** Without the slash, a browser would look for the script of the page beside the app. */
async function leadsToTheSlash(base: string): Promise<void> {
  const { status, headers } = await fetch(`${base}?token=${TOKEN}`, { redirect: 'manual' })
  expect([status, headers.get('location')]).toEqual([307, `./admin/?token=${TOKEN}`])
  expect((await fetch(`${base}/?token=${TOKEN}`, { redirect: 'manual' })).status).toBe(303)
  expect((await fetch(base)).url).toBe(`${base}/`)
}

it('works mounted in Fastify', async () => {
  const { app } = await fixture({ readOnly: false })
  const handler = toNodeHandler(app, { prefix: '/admin' })
  const gateway = fastify()
  gateway.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', (_request, _body, done) => done(null))
    scope.all('/admin*', (request, reply) => {
      reply.hijack()
      return handler(request.raw, reply.raw)
    })
  })
  const base = await gateway.listen({ port: 0, host: '127.0.0.1' })
  onTestFinished(() => gateway.close())
  await use(`${base}/admin`)
  await leadsToTheSlash(`${base}/admin`)
})

it('says that the body was read before, behind a body parser', async () => {
  const { app } = await fixture({ readOnly: false })
  const gateway = express().use(express.json()).use('/admin', toNodeHandler(app))
  const base = await listening(createServer(gateway))
  const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' }
  const answer = await fetch(`${base}/admin/sessions`, { method: 'POST', headers, body: '{"workspace":"docs"}' })
  expect(await answer.json()).toMatchObject({
    error: { code: 'REQUEST_INVALID', message: expect.stringContaining('before body parsers') },
  })
})

it('uses the body that a gateway in Hono has read before route()', async () => {
  const { app } = await fixture({ readOnly: false })
  const gateway = new Hono().use(async (context, next) => {
    await context.req.json().catch(() => undefined)
    await next()
  })
  gateway.route('/admin', app.app)
  const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' }
  const init = { method: 'POST', headers, body: '{"workspace":"docs"}' }
  expect((await gateway.request('http://localhost/admin/sessions', init)).status).toBe(201)
})

it.each(['admin', '/admin/', '/'])('takes the prefix %s with or without slashes', async (prefix) => {
  const { app } = await fixture({ readOnly: false })
  const base = await listening(createServer(toNodeHandler(app, { prefix })))
  await use(`${base}${prefix === '/' ? '' : '/admin'}`)
})

it('works mounted in plain Node', async () => {
  const { app } = await fixture({ readOnly: false })
  await use(await listening(createServer(toNodeHandler(app))))
})

it('serves alone, and prints the address with the token once', async () => {
  const { app } = await fixture({ readOnly: false })
  const lines: string[] = []
  const server = await serveHttp(app, { print: (line) => lines.push(line) })
  await use(server.url.replace(/\/$/, ''))
  expect(lines).toEqual([`${server.url}?token=${TOKEN}`])
  for (const port of [server.port, 70_000, -1])
    await expect(serveHttp(app, { port })).rejects.toMatchObject({ code: 'LISTEN_FAILED' })
  await server.close()
  await expect(fetch(server.url)).rejects.toThrow()
})

it('answers TRACE, of which no Request can be made, with 404, also below a prefix', async () => {
  const { app } = await fixture({ readOnly: false })
  for (const prefix of ['', '/admin']) {
    const base = await listening(createServer(toNodeHandler(app, { prefix })))
    const status = await new Promise((resolve) => {
      const headers = { authorization: `Bearer ${TOKEN}` }
      const sent = request(`${base}${prefix}/sessions`, { method: 'TRACE', headers, agent: false })
      sent.on('response', ({ statusCode }) => resolve(statusCode)).end()
    })
    expect(status).toBe(404)
  }
})
