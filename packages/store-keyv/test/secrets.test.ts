import { inspect } from 'node:util'
import { memoryHost } from '@sessionkeep/contracts/testing'
import { createSessionPool } from '@sessionkeep/core'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type KeyvStoreOptions, keyvStore } from '../src/index.ts'
import { client } from './support/clients.ts'
import { contextOf, rejection, signalIn } from './support/fixture.ts'
import { program } from './support/prerequisites.ts'
import type { Server } from './support/server.ts'
import { LOGIN, postgresServer, postgresUri, redisServer, redisUri, SECRET } from './support/servers.ts'

const USER = 'ke3per'
const PARAMETER = 'h1dd%en'
const SECRETS = [SECRET, LOGIN, USER, PARAMETER, encodeURIComponent(PARAMETER), encodeURIComponent(USER)]
/** Collects all output: errors, log lines, states, events, and what the process itself prints. */
const output: string[] = []
const record = (...what: readonly unknown[]) => {
  for (const each of what) output.push(inspect(each, { depth: 20, showHidden: true, getters: true }), asText(each))
}

function asText(what: unknown): string {
  if (!(what instanceof Error)) return typeof what === 'string' ? what : (JSON.stringify(what) ?? '')
  return [what.message, what.stack, JSON.stringify(what), asText(what.cause ?? '')].join('\n')
}

const logger = { debug: record, info: record, warn: record, error: record }

/** Makes every call of a store and collects its errors; then the same through a pool, with its status and events. */
async function provoke(options: KeyvStoreOptions): Promise<readonly unknown[]> {
  const store = keyvStore({ timeoutMs: 1500, ...options })
  record(store.name, store.capabilities, store)
  const outcomes: Array<PromiseSettledResult<unknown>> = await Promise.allSettled([store.open?.(contextOf({ logger }))])
  const calls = [
    store.getMany(['a'], signalIn()),
    store.setMany(new Map([['a', 1]]), signalIn()),
    store.deleteMany(['a'], signalIn()),
    store.setAside?.(['a'], signalIn()),
    store.list(signalIn())[Symbol.asyncIterator]().next(),
  ]
  outcomes.push(...(await Promise.allSettled(calls)))
  await store.close?.()
  const reasons = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []))
  record(...reasons)

  const pool = createSessionPool({
    host: memoryHost(),
    logger,
    metadata: { store: keyvStore({ timeoutMs: 1500, ...options }), attachTimeoutMs: 500, saveTimeoutMs: 1000 },
  })
  for (const event of ['store:degraded', 'store:attached', 'store:locked'] as const) pool.on(event, record)
  record(...(await Promise.allSettled([pool.start()])))
  record(...(await Promise.allSettled([pool.getOrCreateSession('a'), pool.saveSessionMetadata('a')])))
  record(pool.persistence(), await pool.stop({ timeoutMs: 500 }))
  return reasons
}

const codesOf = (reasons: readonly unknown[]) => reasons.map((reason) => (reason as { code?: string }).code)
const messagesOf = (reasons: readonly unknown[]) => reasons.map((reason) => (reason as Error).message).join('\n')

describe.skipIf(!program.redis || !program.postgres)(
  'the reports of failures (needs redis-server and postgresql)',
  () => {
    let redis: Server
    let postgres: Server
    const at = {
      redis: (user = '', login = LOGIN, more = '') => `redis://${user}:${login}@127.0.0.1:${redis.port}${more}`,
      postgres: (user: string, login = LOGIN, more = '/postgres') =>
        `postgres://${user}:${login}@127.0.0.1:${postgres.port}${more}`,
    }
    beforeAll(async () => {
      ;[redis, postgres] = await Promise.all([redisServer(), postgresServer('-c', 'fsync=off')])
      await Promise.all([redis.start(), postgres.start()])
      const raw = await client.redis(redisUri(redis.port))
      await raw.send('ACL', 'SETUSER', USER, 'on', `>${SECRET}`, '~sessionkeep:*', '+@connection', '+ping')
      await raw.send('ACL', 'SETUSER', `${USER}-keys`, 'on', `>${SECRET}`, '~other:*', '+@all')
      await raw.send('ACL', 'SETUSER', `${USER}-reads`, 'on', `>${SECRET}`, '~*', '+@read', '+@connection')
      await raw.end()
      const sql = await client.postgres(postgresUri(postgres.port))
      await sql.send('REVOKE ALL ON SCHEMA public FROM PUBLIC')
      await sql.send('GRANT USAGE ON SCHEMA public TO PUBLIC')
      await sql.send(`CREATE ROLE ${USER} LOGIN PASSWORD '${SECRET}'`)
      await sql.send('CREATE TABLE theirs (key VARCHAR(255) PRIMARY KEY, value TEXT)')
      await sql.send('CREATE TABLE readable (key VARCHAR(255) PRIMARY KEY, value TEXT)')
      await sql.send(`GRANT SELECT ON readable TO ${USER}`)
      await sql.end()
    })
    afterAll(async () => {
      await Promise.all([redis?.remove(), postgres?.remove()])
    })

    const streams = () => {
      const originals = [process.stdout, process.stderr].map((stream) => ({ stream, write: stream.write }))
      for (const { stream, write } of originals) {
        stream.write = ((text: string | Uint8Array, ...rest: never[]) => {
          output.push(String(text))
          return write.call(stream, text, ...rest)
        }) as typeof stream.write
      }
      onTestFinished(() => {
        for (const { stream, write } of originals) stream.write = write
      })
    }
    /** No test ends before its output was searched for secrets. */
    const nothingLeaks = () => {
      const text = output.splice(0).join('\n')
      expect(text.length).toBeGreaterThan(1000)
      for (const secret of SECRETS)
        expect(text.includes(secret), `${secret.slice(0, 2)}… was in the output`).toBe(false)
    }

    test.each([
      ['a wrong password of Redis', () => ({ uri: at.redis('', `${LOGIN}x`) }), /WRONGPASS|invalid/],
      ['an unknown user of Redis', () => ({ uri: at.redis(`${USER}-unknown`) }), /WRONGPASS/],
      [
        'no password for a Redis that needs one',
        () => ({ uri: `redis://127.0.0.1:${redis.port}` }),
        /NOAUTH|Authentication/,
      ],
      ['a user of Redis who may run no command', () => ({ uri: at.redis(USER) }), /NOPERM|permission/],
      ['a user of Redis who may not touch these keys', () => ({ uri: at.redis(`${USER}-keys`) }), /NOPERM/],
      ['a user of Redis who may only read', () => ({ uri: at.redis(`${USER}-reads`) }), /NOPERM/],
      ['a database that Redis does not have', () => ({ uri: at.redis('', LOGIN, '/999') }), /DB index/],
      ['a wrong password of Postgres', () => ({ uri: at.postgres('keeper', `${LOGIN}x`) }), /password authentication/],
      ['a wrong password of a role', () => ({ uri: at.postgres(USER, `${LOGIN}x`) }), /password authentication/],
      ['a missing database', () => ({ uri: at.postgres('keeper', LOGIN, '/nowhere') }), /does not exist/],
      ['a role without CREATE', () => ({ uri: at.postgres(USER), table: 'absent' }), /permission denied/],
      [
        'a role without any right',
        () => ({ uri: at.postgres(USER), table: 'theirs' }),
        /lacks SELECT, INSERT, UPDATE, DELETE/,
      ],
      [
        'a role with only SELECT',
        () => ({ uri: at.postgres(USER), table: 'readable' }),
        /lacks INSERT, UPDATE, DELETE/,
      ],
    ] as const)('%s is STORE_MISCONFIGURED, with the reason and no secret in the message', async (_, options, why) => {
      streams()
      const [opening, ...rest] = await provoke({ timeoutMs: 30_000, ...options() })
      expect(opening).toMatchObject({ code: 'STORE_MISCONFIGURED', retryable: false })
      expect(messagesOf([opening])).toMatch(why)
      expect(new Set(codesOf(rest))).toEqual(new Set(['STORE_CLOSED']))
      nothingLeaks()
    })

    test('a user of Redis without access to these keys gets an error from the first call', async () => {
      streams()
      const reasons = await provoke({ uri: at.redis(`${USER}-keys`) })
      expect(new Set(codesOf(reasons))).toEqual(new Set(['STORE_MISCONFIGURED', 'STORE_CLOSED']))
      nothingLeaks()
    })

    test.each([
      ['no server listens', () => ({ uri: `redis://${USER}:${LOGIN}@127.0.0.1:1` })],
      [
        'no server listens',
        () => ({ uri: `postgres://${USER}:${LOGIN}@127.0.0.1:1/db?password=${encodeURIComponent(PARAMETER)}` }),
      ],
      ['no server listens', () => ({ uri: `etcd://${USER}:${LOGIN}@127.0.0.1:1` })],
      ['no such host', () => ({ uri: `postgres://${USER}:${LOGIN}@no-such-host.invalid/db` })],
      ['no such host', () => ({ uri: `redis://${USER}:${LOGIN}@no-such-host.invalid` })],
      ['another protocol', () => ({ uri: `postgres://${USER}:${LOGIN}@127.0.0.1:${redis.port}/db`, timeoutMs: 400 })],
      ['another protocol', () => ({ uri: `redis://${USER}:${LOGIN}@127.0.0.1:${postgres.port}` })],
      [
        'TLS for a server without TLS',
        () => ({ uri: `rediss://${USER}:${LOGIN}@127.0.0.1:${redis.port}`, timeoutMs: 400 }),
      ],
      ['TLS for a server without TLS', () => ({ uri: `${at.postgres(USER)}?sslmode=require` })],
    ] as const)('%s: a retryable failure without a secret in its message (%#)', async (_, options) => {
      streams()
      const [opening] = await provoke(options())
      expect(['STORE_UNAVAILABLE', 'STORE_TIMEOUT']).toContain(codesOf([opening])[0])
      nothingLeaks()
    })

    test('a server that dies or freezes under open stores reports no secrets', async () => {
      streams()
      const stores = [at.redis(), at.postgres('keeper')].map((uri) => keyvStore({ uri }))
      for (const store of stores) await store.open?.(contextOf({ logger }))
      for (const server of [redis, postgres]) server.freeze()
      for (const store of stores) record(await rejection(store.getMany(['a'], signalIn(300))))
      for (const server of [redis, postgres]) server.thaw()
      await Promise.all([redis.kill(), postgres.kill()])
      for (const store of stores) record(await rejection(store.setMany(new Map([['a', 1]]), signalIn())))
      await Promise.all([provoke({ uri: at.redis() }), provoke({ uri: at.postgres('keeper') })])
      for (const store of stores) await store.close?.()
      nothingLeaks()
    })

    test.each([
      `mysql://${USER}:${LOGIN}@host/db`,
      `redis://${USER}:${LOGIN}@host:port`,
      `postgres://${USER}:${SECRET}@host/db`,
      `etcd://${USER}:${LOGIN}@host/path`,
      `${USER}:${LOGIN}@host`,
    ])('the error of a malformed URI does not contain it (%#)', (uri) => {
      const make = () => keyvStore({ uri })
      try {
        make()
      } catch (error) {
        record(error, 'x'.repeat(1000))
      }
      expect(make).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }))
      nothingLeaks()
    })
  },
)
