import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, it, onTestFinished } from 'vitest'
import { serveHttp } from '../src/node.ts'
import { fixture } from './support/pool.ts'

/** An app that counts the lines of its log. */
async function counted() {
  const lines: unknown[] = []
  const made = await fixture({ logger: { error: (fields, message) => void lines.push([message, fields]) } })
  return { ...made, lines }
}

it.each([
  ['a form in parts without a boundary', 'multipart/form-data', 'x'],
  ['a form in parts that has none', 'multipart/form-data; boundary=a', 'x'],
  ['a form in parts that is cut off', 'multipart/form-data; boundary=a', '--a\r\ncontent-disposition: form-data'],
  [
    'a file instead of a text',
    'multipart/form-data; boundary=a',
    '--a\r\ncontent-disposition: form-data; name="token"; filename="f"\r\n\r\nx\r\n--a--\r\n',
  ],
  ['a form with wrong escapes', 'application/x-www-form-urlencoded', 'token=%ff%zz'],
  ['a form without a token', 'application/x-www-form-urlencoded', '__proto__[token]=x'],
  ['a body that is no form', 'application/json', '{'],
  ['a body of no type', 'x', '\0'],
])('a login with %s gets the page of the login, and writes no line to the log', async (_, type, body) => {
  const { call, lines } = await counted()
  const answer = await call('POST', '/login', body, { 'content-type': type, authorization: '' })
  expect(answer).toMatchObject({ status: 401, body: expect.stringContaining('name="token"') })
  expect(lines).toEqual([])
})

it.each([
  'GET /?token=%ff%zz HTTP/1.1\r\nhost: localhost',
  'GET /?%zz HTTP/1.1\r\nhost: localhost',
  'GET /sessions/%E0%A4%A HTTP/1.1\r\nhost: localhost',
  'GET //[ HTTP/1.1\r\nhost: localhost',
  'GET / HTTP/1.1\r\nhost: a:b@localhost',
  'GET / HTTP/1.1\r\nhost: localhost:x',
  'GET / HTTP/1.1\r\nhost: [',
  'GET / HTTP/1.1\r\nhost: localhost\r\norigin: http://[',
  'GET / HTTP/1.1\r\nhost: localhost\r\ncookie: a=%ff; =; sessionkeep-%zz="%"',
  'GET /sessions HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer \x80\xff',
  'POST /login HTTP/1.1\r\nhost: localhost\r\ncontent-type: \xff\r\ncontent-length: 1\r\n\r\nx',
  'POST /login HTTP/1.1\r\nhost: localhost\r\ncontent-type: multipart/form-data; boundary=a\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n0',
  'POST /sessions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 1\r\n\r\n{',
  'TRACE / HTTP/1.1\r\nhost: localhost',
  'OPTIONS * HTTP/1.1\r\nhost: localhost',
  'GET http://localhost:x/ HTTP/1.1\r\nhost: localhost',
])('a request without the token that cannot be read is refused, and writes no line to the log: %j', async (request) => {
  const { app, lines } = await counted()
  const server = await serveHttp(app, { print: () => undefined })
  onTestFinished(() => server.close())
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
  socket.end(Buffer.from(`${request.replace('\r\n', '\r\nconnection: close\r\n')}\r\n\r\n`, 'latin1'))
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 4\d\d /)
  expect(lines).toEqual([])
})
