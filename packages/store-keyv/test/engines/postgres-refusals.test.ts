import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { client, type Raw } from '../support/clients.ts'
import { contextOf, namesOf, openedStore, rejection, signalIn } from '../support/fixture.ts'
import { program } from '../support/prerequisites.ts'
import type { Server } from '../support/server.ts'
import { postgresServer, postgresUri } from '../support/servers.ts'

/** The errors by name that a call must reject with. */
async function failuresOf(call: Promise<unknown> | undefined) {
  const error = await rejection(call)
  expect(error).toMatchObject({ code: 'STORE_BATCH_FAILED' })
  return error as unknown as { failed: Map<string, Error>; values: Map<string, unknown> }
}

describe.skipIf(!program.postgres || !program.initdb)('what Postgres refuses (needs postgresql)', () => {
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

  test('a read that a locked table holds up for longer than lock_timeout rejects, and nothing counts as absent', async () => {
    await raw.send("CREATE ROLE hasty SUPERUSER LOGIN PASSWORD 'hasty'")
    await raw.send("ALTER ROLE hasty SET lock_timeout = '100ms'")
    const uri = postgresUri(server.port, 'hasty', 'hasty')
    const store = await openedStore({ uri, table: 'busy' }, { owner: 'gateway' })
    const records = new Map([
      ['a', 1],
      ['b', 2],
    ])
    await store.setMany(records, signalIn())
    await raw.send('BEGIN')
    try {
      await raw.send('LOCK TABLE busy IN ACCESS EXCLUSIVE MODE')
      expect(await rejection(store.getMany(['a', 'b'], signalIn()))).toMatchObject({ code: 'STORE_UNAVAILABLE' })
      expect(await rejection(store.getMany(['a'], signalIn()))).toMatchObject({ code: 'STORE_UNAVAILABLE' })
    } finally {
      await raw.send('ROLLBACK')
    }
    expect(await store.getMany(['a', 'b'], signalIn())).toEqual(records)
  })

  test('a record that the server refuses to read fails by its name, and the others are read', async () => {
    await raw.send("CREATE ROLE tenant LOGIN PASSWORD 'tenant'")
    await raw.send('CREATE TABLE ruled (key VARCHAR(255) PRIMARY KEY, value TEXT)')
    await raw.send('GRANT ALL ON ruled TO tenant')
    const store = await openedStore({ uri: postgresUri(server.port, 'tenant', 'tenant'), table: 'ruled' })
    await store.setMany(new Map(['a', 'b', 'c', 'd'].map((name) => [name, { name }])), signalIn())
    await raw.send('ALTER TABLE ruled ENABLE ROW LEVEL SECURITY')
    const policy = "CASE WHEN key LIKE '%:c' THEN key::uuid IS NOT NULL ELSE true END"
    await raw.send(`CREATE POLICY mine ON ruled USING (${policy})`)
    const { failed, values } = await failuresOf(store.getMany(['a', 'b', 'c', 'd', 'absent'], signalIn()))
    expect([...failed.keys()]).toEqual(['c'])
    expect(failed.get('c')).toMatchObject({ code: 'STORE_UNAVAILABLE', retryable: true })
    expect(failed.get('c')?.message).toContain('The record for "c" cannot be read: ')
    expect([...values.keys()]).toEqual(['a', 'b', 'd'])
    expect(await rejection(namesOf(store))).toMatchObject({ code: 'STORE_UNAVAILABLE' })
  })

  test('a record that the server refuses to remove fails by its name, and the others are removed', async () => {
    const store = await openedStore({ uri: postgresUri(server.port), table: 'linked' }, { owner: 'gateway' })
    const records = new Map(['a', 'noted', 'kept', 'b'].map((name) => [name, { name }]))
    await store.setMany(records, signalIn())
    await raw.send('CREATE TABLE notes (key VARCHAR(255) REFERENCES linked(key))')
    await raw.send("INSERT INTO notes SELECT key FROM linked WHERE key LIKE '%:noted'")
    const refusing = "BEGIN IF OLD.key LIKE ''%:kept'' THEN RAISE EXCEPTION ''kept for ever''; END IF; RETURN OLD; END"
    await raw.send(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS '${refusing}'`)
    await raw.send('CREATE TRIGGER refuse BEFORE DELETE ON linked FOR EACH ROW EXECUTE FUNCTION refuse()')
    const { failed } = await failuresOf(store.deleteMany([...records.keys(), 'absent'], signalIn()))
    expect([...failed.keys()]).toEqual(['noted', 'kept'])
    expect(failed.get('kept')).toMatchObject({
      code: 'STORE_RECORD_INVALID',
      message: expect.stringMatching(/^The record for "kept" cannot be removed: the server refuses it .*kept for ever/),
    })
    expect(await namesOf(store)).toEqual(['kept', 'noted'])
  })

  test('a table that a reader has seen and that is away does not count as empty', async () => {
    const options = { uri: postgresUri(server.port), table: 'renamed' }
    const early = await openedStore(options, { readOnly: true })
    expect(await namesOf(early)).toEqual([])
    const writer = await openedStore(options, { owner: 'gateway' })
    await writer.setMany(new Map([['a', 1]]), signalIn())
    await writer.close?.()
    expect(await namesOf(early)).toEqual(['a'])
    const reader = await openedStore(options, { readOnly: true })
    await raw.send('ALTER TABLE renamed RENAME TO away')
    expect(await rejection(reader.getMany(['a'], signalIn()))).toMatchObject({ code: 'STORE_UNAVAILABLE' })
    expect(await rejection(early.getMany(['a'], signalIn()))).toMatchObject({ code: 'STORE_UNAVAILABLE' })
    expect(await rejection(namesOf(reader))).toMatchObject({ code: 'STORE_CLOSED' })
    await raw.send('ALTER TABLE away RENAME TO renamed')
    await reader.close?.()
    await reader.open?.(contextOf({ readOnly: true }))
    expect(await reader.getMany(['a'], signalIn())).toEqual(new Map([['a', 1]]))
  })
})
