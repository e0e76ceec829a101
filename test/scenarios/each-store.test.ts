import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ENGINES } from '../../packages/store-keyv/test/support/engines.ts'
import { hasSqlite } from '../../packages/store-keyv/test/support/prerequisites.ts'
import type { Server } from '../../packages/store-keyv/test/support/server.ts'
import { LOGIN, SECRET } from '../../packages/store-keyv/test/support/servers.ts'
import { childEnvironment } from '../../scripts/lib/environment.mjs'
import { tool } from '../../scripts/lib/root.mjs'
import { run } from '../../scripts/lib/run.mjs'
import { restartDemo } from './stores/restart-demo.ts'

const CUSTOM = 'sessionkeep-store-unstorage'

/** The configuration without the value of `store`. */
const options = (uri: (directory: string) => string) => (directory: string) => ({
  file: { directory: join(directory, 'sessions') },
  lowdb: { file: join(directory, 'records.json') },
  keyv: { uri: uri(directory) },
  [CUSTOM]: { driver: 'fs', options: { base: join(directory, 'unstorage') } },
})
const sqlite = (directory: string) => `sqlite://${join(directory, 'records.sqlite')}`

beforeAll(async () => {
  const wanted = ['@sessionkeep/quickstart', '@sessionkeep/store-lowdb', '@sessionkeep/store-keyv', CUSTOM]
  const args = ['run', 'build', ...wanted.map((name) => `--filter=${name}...`)]
  const { code, output } = await run(tool('turbo'), args, { env: childEnvironment() })
  expect(code, output).toBe(0)
})

describe('a gateway that was killed and started again', () => {
  test.each(['file', 'lowdb', CUSTOM])('knows every session, with the store %j in its configuration', async (store) => {
    const { before, after, counts, effective } = await restartDemo(store, options(sqlite))
    expect(effective).toMatchObject({ stores: [store], reason: 'ok' })
    expect(before.map(({ totalRequests }) => totalRequests)).toEqual([1, 3])
    expect(after).toEqual(before)
    expect(counts).toEqual({ build: 2, docs: 3 })
  })

  test.skipIf(!hasSqlite)('knows every session, with "keyv" and SQLite (needs npm run prepare:sqlite)', async () => {
    const { before, after, counts } = await restartDemo('keyv', options(sqlite))
    expect(after).toEqual(before)
    expect(counts).toEqual({ build: 2, docs: 3 })
  })

  describe.each(Object.values(ENGINES))('with $name', ({ name, needs, isThere, make, uri }) => {
    let server: Server
    beforeAll(async () => {
      if (!isThere) return
      server = await make()
      await server.start()
    })
    afterAll(() => server?.remove())

    test.skipIf(!isThere)(`knows everything, with "keyv" and ${name} (needs ${needs})`, async () => {
      const { before, after, counts, effective, logged } = await restartDemo(
        'keyv',
        options(() => uri(server.port)),
      )
      expect(effective).toMatchObject({ stores: ['keyv'], reason: 'ok' })
      for (const secret of [SECRET, LOGIN]) expect(logged).not.toContain(secret)
      expect(after).toEqual(before)
      expect(counts).toEqual({ build: 2, docs: 3 })
    })
  })

  test.each([
    ['memory', ''],
    ['none', 'Metadata is not kept (store \\"none\\")'],
  ])('knows with "%s" when its sessions were created, and logs what it does not know', async (store, message) => {
    const { before, after, counts, effective, logged } = await restartDemo(store, options(sqlite))
    expect(effective.reason).toBe('off')
    expect(after.map(({ createdAt }) => createdAt)).toEqual(before.map(({ createdAt }) => createdAt))
    expect(after.map(({ totalRequests }) => totalRequests)).toEqual([0, 0])
    expect(counts).toEqual({ build: 1, docs: 0 })
    expect(logged).toContain(message)
    expect(logged).toContain('Session discovered without metadata - using defaults')
  })
})
