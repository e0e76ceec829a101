import { fileStore } from '@sessionkeep/store-file'
import { expect, test, vi } from 'vitest'
import { byHand, fixture } from '../scenarios/fixture.ts'
import { recordsIn } from './records.mjs'
import { hasRedis, redis } from './redis.ts'

const WORKSPACES = ['a', 'b', 'drained']

/** A record without its revision and run, which change with every writer. */
const content = ({ revision: _revision, run: _run, ...rest }: Record<string, unknown>) => rest
const contents = (records: ReadonlyMap<string, Record<string, unknown>>) =>
  Object.fromEntries([...records].map(([name, record]) => [name, content(record)]))

/** The fields of a record that are also in a view of the pool. */
const shown = (record: object, view: object) =>
  Object.fromEntries(Object.keys(record).map((field) => [field, (view as Record<string, unknown>)[field]]))

test.skipIf(!hasRedis)(
  'file → file + Redis → Redis + file → Redis, and back, over restarts: every field is in every store after each step (needs redis-server)',
  async () => {
    const { pool, directory, write, server } = fixture()
    const { store: keyv } = await redis()
    const file = () => fileStore({ directory })
    // A field that this release does not know, and a record without a session.
    await server.tmux('new-session', '-d', '-s', 'claude-by-hand')
    write('claude-by-hand', { ...byHand('claude-by-hand'), note: { deep: ['kept'] } })
    write('claude-orphan', byHand('claude-orphan', { expiresAt: Date.now() + 3_600_000 }))
    const orphan = (await recordsIn(file())).get('claude-orphan')

    const forth = [
      { store: file, mirror: [] },
      { store: file, mirror: [keyv] },
      { store: keyv, mirror: [file] },
      { store: keyv, mirror: [] },
    ]
    const steps = [...forth, ...forth.toReversed().slice(1)]
    let requests = 0
    let before: Record<string, { attributesAt?: unknown }> = {}
    for (const { store, mirror } of steps) {
      const gateway = pool({ metadata: { store: store(), mirror: mirror.map((make) => make()) } })
      await gateway.start()
      await vi.waitFor(() => expect(gateway.persistence().effective.reason).toBe('ok'))
      for (const view of gateway.listSessions()) {
        const { attributesAt: _versions, ...known } = before[view.sessionName] ?? {}
        expect(view).toMatchObject(known)
      }
      for (const workspace of WORKSPACES) {
        if (requests === 0) await gateway.getOrCreateSession(workspace, { attributes: { chat: { id: workspace } } })
        else await gateway.setDraining(workspace, false)
        await gateway.withRequest(workspace, () => undefined)
      }
      await gateway.withRequest('by-hand', () => undefined)
      requests += 1
      gateway.setAttributes('a', { requests })
      await gateway.setDraining('drained', true)
      const views = new Map(gateway.listSessions().map((view) => [view.sessionName, view]))
      expect((await gateway.stop()).unsaved).toEqual([])

      const stores = await Promise.all(
        [store, ...mirror].map(async (make) => ({ make, records: await recordsIn(make()) })),
      )
      for (const { make, records } of stores) {
        expect(records.get('claude-orphan')).toEqual(make === file ? orphan : undefined)
        records.delete('claude-orphan')
        expect([...records.keys()].toSorted()).toEqual([...views.keys()].toSorted())
        for (const [name, record] of records) {
          const { note, counts, attributesAt: _versions, ...known } = record
          const parts = Object.values(counts as Record<string, number>)
          expect(parts.reduce((sum, count) => sum + count, 0)).toBe(record.totalRequests)
          expect(known).toEqual(shown(known, views.get(name) ?? {}))
          expect(note).toEqual(name === 'claude-by-hand' ? { deep: ['kept'] } : undefined)
        }
        expect(contents(records)).toEqual(contents(stores[0]?.records ?? new Map()))
        expect(records.get('claude-by-hand')).toMatchObject({ totalRequests: 42 + requests })
        expect(records.get('claude-drained')).toMatchObject({ status: 'draining', totalRequests: requests })
        expect(records.get('claude-a')).toMatchObject({ attributes: { chat: { id: 'a' }, requests } })
      }
      before = contents(stores[0]?.records ?? new Map())
      // Fields that a view does not show: the counts by run, and the unknown field.
      for (const record of Object.values(before))
        for (const field of ['note', 'counts']) Reflect.deleteProperty(record, field)
    }
    expect(requests).toBe(7)
  },
)
