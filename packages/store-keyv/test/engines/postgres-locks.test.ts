import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { client, type Raw } from '../support/clients.ts'
import { openedStore, rejection, signalIn } from '../support/fixture.ts'
import { program } from '../support/prerequisites.ts'
import type { Server } from '../support/server.ts'
import { postgresServer, postgresUri } from '../support/servers.ts'

describe.skipIf(!program.postgres || !program.initdb)(
  'a row that another transaction has locked (needs postgresql)',
  () => {
    let server: Server
    let raw: Raw
    beforeAll(async () => {
      server = await postgresServer()
      await server.start()
      raw = await client.postgres(postgresUri(server.port))
    })
    afterAll(async () => {
      await raw?.end()
      await server?.remove()
    })

    test('is not changed, and the error says so; the other records of the batch are saved, moved aside and deleted', async () => {
      const store = await openedStore({ uri: postgresUri(server.port) }, { owner: 'gateway' })
      const names = Array.from({ length: 20 }, (_, at) => `n${at}`)
      const all = (value: number) => new Map(names.map((name) => [name, value]))
      const others = names.filter((name) => name !== 'n7')
      await store.setMany(all(1), signalIn())
      const onlyLocked = async (call: Promise<void> | undefined) => {
        const { failed } = (await rejection(call)) as unknown as { failed: Map<string, Error> }
        expect([...failed.keys()]).toEqual(['n7'])
        expect(failed.get('n7')).toMatchObject({
          code: 'STORE_UNAVAILABLE',
          message: expect.stringContaining('Another transaction has locked the record for "n7".'),
        })
      }
      await raw.send('BEGIN')
      try {
        await raw.send("UPDATE keyv SET value = value WHERE key = 'sessionkeep:-:n7'")
        await onlyLocked(store.setMany(all(2), signalIn()))
        expect(await store.getMany(names, signalIn())).toEqual(new Map([...all(2), ['n7', 1]]))
        await onlyLocked(store.setAside?.(['n7', 'n8'], signalIn()))
        await onlyLocked(store.deleteMany(others.concat('n7'), signalIn()))
        expect(await store.getMany(names, signalIn())).toEqual(new Map([['n7', 1]]))
      } finally {
        await raw.send('ROLLBACK')
      }
      await store.setMany(all(3), signalIn())
      expect(await store.getMany(names, signalIn())).toEqual(all(3))
    })
  },
)
