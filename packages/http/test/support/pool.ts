import { createSessionPool, type JsonObject, memoryStore, type SessionPoolOptions } from '@sessionkeep/core'
import { type MemoryHost, memoryHost } from '@sessionkeep/core/testing'
import { onTestFinished } from 'vitest'
import { createHttpApp, type HttpAppOptions } from '../../src/index.ts'

export const TOKEN = 'a-token-for-tests-0123456789'

/** A started pool on a host in memory, and its app. Requests have the token unless they say otherwise. */
export async function fixture(
  http: HttpAppOptions = {},
  options: Partial<SessionPoolOptions<JsonObject>> & { readonly host?: MemoryHost } = {},
) {
  const host = options.host ?? memoryHost()
  const pool = createSessionPool({ metadata: { store: memoryStore() }, ...options, host })
  await pool.start()
  const given = http.authorize ? http : { token: TOKEN, ...http }
  const app = createHttpApp(pool, { logger: { error: () => undefined }, ...given })
  onTestFinished(async () => {
    app.close()
    await pool.stop()
  })
  const call = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const response = await app.fetch(
      new Request(`http://localhost${path}`, {
        method,
        headers: {
          authorization: `Bearer ${TOKEN}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      }),
    )
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text }
  }
  return { host, pool, app, call }
}
