// The routes of a pool answer on this runtime: on Bun by its own server, elsewhere by that of Node. Also the dashboard is there.
import assert from 'node:assert/strict'
import { createSessionPool } from '@sessionkeep/core'
import { memoryHost } from '@sessionkeep/core/testing'
import { createHttpApp } from '@sessionkeep/http'
import { serveHttp } from '@sessionkeep/http/node'

const pool = createSessionPool({ host: memoryHost(), metadata: { store: 'memory' } })
await pool.start()
const http = createHttpApp(pool, { readOnly: false })

const serveBun = () => {
  const server = globalThis.Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: http.fetch })
  return { url: `http://127.0.0.1:${server.port}/`, close: () => server.stop(true) }
}
const { url, close } = 'Bun' in globalThis ? serveBun() : await serveHttp(http, { print: () => undefined })

try {
  const authorization = `Bearer ${http.token}`
  assert.equal((await fetch(`${url}sessions`)).status, 401)
  const created = await fetch(`${url}sessions`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify({ workspace: 'demo' }),
  })
  assert.equal(created.status, 201)
  const { sessions } = await (await fetch(`${url}sessions`, { headers: { authorization } })).json()
  assert.deepEqual(
    sessions.map(({ workspace }) => workspace),
    ['demo'],
  )
  const script = await fetch(`${url}dashboard.js`, { headers: { authorization } })
  assert.equal(script.status, 200)
  assert.ok((await script.text()).length > 10_000)
  const events = await fetch(`${url}events`, { headers: { authorization } })
  const { value } = await events.body.getReader().read()
  assert.match(new TextDecoder().decode(value), /^event: state/)
} finally {
  http.close()
  await close()
  await pool.stop()
}
process.exit(0)
