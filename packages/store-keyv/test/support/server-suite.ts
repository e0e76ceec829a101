import { join } from 'node:path'
import { storeSuite } from '@sessionkeep/conformance'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { built } from '../../../../test/support/built.ts'
import { keyvStore } from '../../src/index.ts'
import type { Raw } from './clients.ts'
import type { Server } from './server.ts'

export interface ServerSuite {
  /** A server that keeps acknowledged writes even when it is killed. */
  readonly make: () => Promise<Server>
  readonly uri: (port: number) => string
  /** A separate connection to the backend, and a function that stores a text under a key with it. */
  readonly connect: (uri: string) => Promise<Raw>
  readonly put: (raw: Raw, key: string, text: string) => Promise<unknown>
}

/** Runs the conformance suite on a real server: it is killed for an outage and stopped for a hang. */
export function serverSuite(name: string, { make, uri, connect, put }: ServerSuite): void {
  let server: Server
  beforeAll(async () => {
    server = await make()
    await server.start()
    vi.stubEnv('KEYV_TEST_URI', uri(server.port))
  })
  afterAll(async () => {
    vi.unstubAllEnvs()
    await server?.remove()
  })

  storeSuite({ describe, test, expect }, name, {
    capabilities: { durability: 'power', retains: true, shared: true, lease: true },
    create: ({ id }) => keyvStore({ uri: uri(server.port), namespace: id, timeoutMs: 10_000 }),
    process: built(join(import.meta.dirname, 'store-process.mjs')),
    timeoutMs: 60_000,
    cause: {
      async outage() {
        await server.kill()
        return () => server.start()
      },
      hang() {
        server.freeze()
        return () => server.thaw()
      },
      async unreadable({ id }, record) {
        const raw = await connect(uri(server.port))
        await put(raw, `${id}:-:${record}`, '{"value":{"torn')
        await raw.end()
      },
    },
    onReport: ({ level, clauses }) => {
      expect(clauses.filter(({ outcome }) => outcome === 'not tried')).toEqual([])
      expect(level).toBe('gold')
    },
  })
}
