import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { client, type Raw } from '../support/clients.ts'
import { contextOf, logged, madeStore, namesOf, openedStore, rejection, signalIn } from '../support/fixture.ts'
import { expectOnlyKeptToFail } from '../support/kept-rows.ts'
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

  test('a reader that is opened again while its table is away does not count the table as empty', async () => {
    const options = { uri: postgresUri(server.port), table: 'lent' }
    const writer = await openedStore(options, { owner: 'gateway' })
    await writer.setMany(new Map([['a', 1]]), signalIn())
    await writer.close?.()
    const reader = await openedStore(options, { readOnly: true })
    await raw.send('ALTER TABLE lent RENAME TO returned')
    for (const _ of [1, 2]) {
      await reader.close?.()
      expect(await rejection(reader.open?.(contextOf({ readOnly: true })))).toMatchObject({
        code: 'STORE_UNAVAILABLE',
        message: expect.stringContaining('does not have the table "public"."lent" any more'),
      })
    }
    await raw.send('ALTER TABLE returned RENAME TO lent')
    await reader.open?.(contextOf({ readOnly: true }))
    expect(await reader.getMany(['a'], signalIn())).toEqual(new Map([['a', 1]]))
  })

  test('a record with a long name that cannot be decoded is not listed, the others are, and the log says so', async () => {
    await raw.send("CREATE DATABASE win ENCODING 'WIN1252' LOCALE 'C' TEMPLATE template0")
    const uri = postgresUri(server.port).replace(/postgres$/, 'win')
    const store = await openedStore({ uri }, { owner: 'gateway' })
    const [bad = '', ...good] = ['bad', 'one', 'two', 'short'].map((name) => name.repeat(name === 'short' ? 1 : 60))
    await store.setMany(new Map([bad, ...good].map((name) => [name, { title: name.slice(0, 3) }])), signalIn())
    const inside = await client.postgres(uri)
    await inside.send("SET client_encoding = 'WIN1252'")
    await inside.send(
      `UPDATE keyv SET value = convert_from('\\x7b81'::bytea, 'WIN1252') WHERE value LIKE '%"title":"bad"%'`,
    )
    await inside.end()
    expect(await namesOf(store)).toEqual(good.toSorted())
    expect(logged.filter((line) => line.includes('A record with a long name cannot be read'))).toHaveLength(1)
  })

  test('an encoding error that a row policy or a trigger causes does not make a record absent', async () => {
    await raw.send('CREATE TABLE audited (key VARCHAR(255) PRIMARY KEY, value TEXT)')
    await raw.send("CREATE ROLE auditor LOGIN PASSWORD 'auditor'")
    await raw.send('GRANT ALL ON audited TO auditor')
    const uri = postgresUri(server.port, 'auditor', 'auditor')
    const store = await openedStore({ uri, table: 'audited' }, { owner: 'gateway' })
    const records = { a: 1, 日本: 1, b: '日本' }
    await store.setMany(new Map<string, unknown>(Object.entries(records)), signalIn())
    const audit = "BEGIN PERFORM convert_to(OLD.value, ''LATIN1''); RETURN OLD; END"
    await raw.send(`CREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql AS '${audit}'`)
    await raw.send('CREATE TRIGGER audit BEFORE DELETE ON audited FOR EACH ROW EXECUTE FUNCTION audit()')
    const deleting = await failuresOf(store.deleteMany(['b', 'absent'], signalIn()))
    expect([...deleting.failed]).toEqual([['b', expect.objectContaining({ code: 'STORE_RECORD_INVALID' })]])
    expect(await namesOf(store)).toEqual(['a', 'b', '日本'])
    await raw.send('ALTER TABLE audited ENABLE ROW LEVEL SECURITY')
    await raw.send("CREATE POLICY latin ON audited USING (convert_to(key, 'LATIN1') IS NOT NULL)")
    const { failed, values } = await failuresOf(store.getMany(['a', '日本', 'absent'], signalIn()))
    expect([...failed]).toEqual([['日本', expect.objectContaining({ code: 'STORE_UNAVAILABLE' })]])
    expect([...values.keys()]).toEqual(['a'])
  })

  test('a record whose name the server cannot have counts as absent, also when it is set aside', async () => {
    await raw.send("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    const uri = postgresUri(server.port).replace(/postgres$/, 'latin')
    const store = await openedStore({ uri }, { owner: 'gateway' })
    await store.setMany(new Map([['a', 1]]), signalIn())
    expect(await store.getMany(['🚀'], signalIn())).toEqual(new Map())
    await store.setAside?.(['🚀', 'a'], signalIn())
    await store.deleteMany(['🚀'], signalIn())
    expect(await namesOf(store)).toEqual([])
  })

  test('a record that a row policy refuses to write fails by its name, and the others are written', async () => {
    await raw.send('CREATE TABLE limited (key VARCHAR(255) PRIMARY KEY, value TEXT)')
    await raw.send("CREATE ROLE limited LOGIN PASSWORD 'limited'")
    await raw.send('GRANT ALL ON limited TO limited')
    await raw.send('ALTER TABLE limited ENABLE ROW LEVEL SECURITY')
    await raw.send("CREATE POLICY most ON limited USING (true) WITH CHECK (key NOT SIMILAR TO '%(:no|aside%:stay:)%')")
    const store = await openedStore(
      { uri: postgresUri(server.port, 'limited', 'limited'), table: 'limited' },
      { owner: 'gateway' },
    )
    const names = ['a', 'no', 'stay', 'b']
    const writing = await failuresOf(store.setMany(new Map(names.map((name) => [name, 1])), signalIn()))
    expect([...writing.failed]).toEqual([['no', expect.objectContaining({ code: 'STORE_RECORD_INVALID' })]])
    const moving = await failuresOf(store.setAside?.(names, signalIn()))
    expect([...moving.failed]).toEqual([['stay', expect.objectContaining({ code: 'STORE_RECORD_INVALID' })]])
    expect(await namesOf(store)).toEqual(['stay'])
    await raw.send('REVOKE ALL ON limited FROM limited')
    for (const call of [
      store.setMany(new Map([['a', 1]]), signalIn()),
      store.setAside?.(['stay'], signalIn()),
      store.deleteMany(['stay'], signalIn()),
      store.getMany(['stay'], signalIn()),
    ])
      expect(await rejection(call)).toMatchObject({ code: 'STORE_UNAVAILABLE' })
  })

  test.each([{ owner: 'gateway' }, {}])(
    'a row that a trigger keeps without an error fails by its name, and the others are changed: %j',
    async (context) => {
      await raw.send('DROP TABLE IF EXISTS silent')
      const store = await openedStore({ uri: postgresUri(server.port), table: 'silent' }, context)
      const skipping = "BEGIN IF OLD.key LIKE ''%:kept'' THEN RETURN NULL; END IF; RETURN COALESCE(NEW, OLD); END"
      const keep = async () => {
        await raw.send(`CREATE OR REPLACE FUNCTION skip() RETURNS trigger LANGUAGE plpgsql AS '${skipping}'`)
        await raw.send('CREATE TRIGGER skip BEFORE UPDATE OR DELETE ON silent FOR EACH ROW EXECUTE FUNCTION skip()')
      }
      await expectOnlyKeptToFail(store, keep, '"public"."silent"')
    },
  )

  test('a lease that a trigger keeps from being written ends the attempt to open, with an error that says why', async () => {
    await raw.send('CREATE TABLE unleased (key VARCHAR(255) PRIMARY KEY, value TEXT)')
    const skipping = "BEGIN IF NEW.key LIKE ''%lease%'' THEN RETURN NULL; END IF; RETURN NEW; END"
    await raw.send(`CREATE FUNCTION unlease() RETURNS trigger LANGUAGE plpgsql AS '${skipping}'`)
    await raw.send('CREATE TRIGGER unlease BEFORE INSERT ON unleased FOR EACH ROW EXECUTE FUNCTION unlease()')
    const store = madeStore({ uri: postgresUri(server.port), table: 'unleased' })
    expect(await rejection(store.open?.(contextOf({ owner: 'gateway' })))).toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining('a trigger or a row policy of the table "public"."unleased" skips it'),
    })
  })

  test('a trigger that names a missing table of its own is a fault of the change alone, and the connection stays', async () => {
    const told: Error[] = []
    const options = { uri: postgresUri(server.port), table: 'traced' }
    const store = await openedStore(options, { owner: 'gateway', onLost: (error) => void told.push(error) })
    await store.setMany(new Map([['a', 1]]), signalIn())
    await raw.send('CREATE SCHEMA old_public')
    for (const table of ['public.traced_log', 'old_public.traced', 'public."traced-log"']) {
      const tracing = `BEGIN INSERT INTO ${table} VALUES (OLD.key); RETURN OLD; END`
      await raw.send(`CREATE OR REPLACE FUNCTION trace() RETURNS trigger LANGUAGE plpgsql AS '${tracing}'`)
      await raw.send('CREATE OR REPLACE TRIGGER trace BEFORE DELETE ON traced FOR EACH ROW EXECUTE FUNCTION trace()')
      expect(await rejection(store.deleteMany(['a'], signalIn()))).toMatchObject({ code: 'STORE_UNAVAILABLE' })
    }
    expect(told).toEqual([])
    expect(await store.getMany(['a'], signalIn())).toEqual(new Map([['a', 1]]))
  })

  test('a row that a row policy keeps from being removed fails by its name, and the others are removed', async () => {
    await raw.send('CREATE TABLE guarded (key VARCHAR(255) PRIMARY KEY, value TEXT)')
    await raw.send("CREATE ROLE guarded LOGIN PASSWORD 'guarded'")
    await raw.send('GRANT ALL ON guarded TO guarded')
    await raw.send('ALTER TABLE guarded ENABLE ROW LEVEL SECURITY')
    for (const verb of ['SELECT USING (true)', 'INSERT WITH CHECK (true)', 'UPDATE USING (true)'])
      await raw.send(`CREATE POLICY "${verb}" ON guarded FOR ${verb}`)
    await raw.send("CREATE POLICY most ON guarded FOR DELETE USING (key NOT LIKE '%:kept')")
    const store = await openedStore({ uri: postgresUri(server.port, 'guarded', 'guarded'), table: 'guarded' })
    await store.setMany(new Map(['a', 'kept', 'b'].map((name) => [name, 1])), signalIn())
    const { failed } = await failuresOf(store.deleteMany(['a', 'kept', 'b', 'absent'], signalIn()))
    expect([...failed.keys()]).toEqual(['kept'])
    expect(await namesOf(store)).toEqual(['kept'])
  })
})
