import { writeFileSync } from 'node:fs'
import { type MetadataStore, memoryStore } from '@sessionkeep/core'
import { StoreBatchError, StoreError } from '@sessionkeep/core/store'
import { describe, expect, it } from 'vitest'
import { findSession } from '../src/commands/sessions.ts'
import { readBatch } from '../src/stores/records.ts'
import { storedSessions } from '../src/stores/stored-sessions.ts'
import { answer, directoryWith, record, sessionkeep } from './support/fixture.ts'

const signal = () => AbortSignal.timeout(60_000)

/** A store with the records of `docs` and `web`, of which it cannot read these. */
async function storeWithout(...names: string[]) {
  const memory = memoryStore()
  await memory.open?.({ signal: signal(), logger: console as never })
  const both = [record('docs'), record('web')].map((one) => [one.sessionName, one] as const)
  await memory.setMany(new Map(both), { signal: signal() })
  const refused = (name: string) => new StoreError('STORE_UNAVAILABLE', `Could not read ${name}: EACCES.`)
  const getMany: typeof memory.getMany = async (asked, options) => {
    const failed = asked.filter((name) => names.includes(name))
    const values = await memory.getMany(
      asked.filter((name) => !names.includes(name)),
      options,
    )
    if (failed.length === 0) return values
    throw new StoreBatchError(new Map(failed.map((name) => [name, refused(name)])), values)
  }
  const call = <T>(_verb: string, task: (signal: AbortSignal) => Promise<T>) => task(signal())
  const store = { ...memory, getMany, close: async () => undefined } as never
  return { label: 'memory', store, reading: call, writing: call }
}

describe('a record that the store cannot read now', () => {
  it('is listed with the reason, and hides no other', async () => {
    const { sessions, odd } = await storedSessions(await storeWithout('claude-docs'))
    expect(sessions.map(({ workspace }) => workspace)).toEqual(['web'])
    const why = 'Could not read claude-docs: EACCES.'
    expect(odd).toEqual([{ name: 'claude-docs', code: 'STORE_UNAVAILABLE', why }])
  })

  it('is an error if no record can be read, since the store itself may be away', async () => {
    const from = await storeWithout('claude-docs', 'claude-web')
    await expect(storedSessions(from)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  })

  it('is an error also if all others are damaged', async () => {
    const from = await storeWithout('claude-docs')
    const damaged = new Map([['claude-web', { sessionName: 'claude-web' }]])
    await (from.store as MetadataStore).setMany(damaged, { signal: signal() })
    await expect(storedSessions(from)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  })

  it('is an error for a copy, which must be whole', async () => {
    const from = await storeWithout('claude-docs')
    await expect(readBatch(from, ['claude-docs', 'claude-web'])).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  })
})

/**
 * A directory whose configuration selects a store of a package. It has this many records, of which it cannot read the last one for
 * a reason with this code, and refuses to write any. As its package has a copy of the contracts of its own, the classes of its
 * errors are its own, too.
 */
function withUnread(count: number, code: string): string {
  const directory = directoryWith([], { store: './part.mjs', stores: {} })
  const records = Array.from({ length: count }, (_, at) => record(`w${String(at).padStart(4, '0')}`))
  writeFileSync(
    `${directory}/part.mjs`,
    `const records = new Map(${JSON.stringify(records.map((one) => [one.sessionName, one]))})
    const last = [...records.keys()].at(-1)
    const failure = (code, message, fields = {}) => Object.assign(new Error(message), { code, ...fields })
    const refuse = (names, code, values) => {
      const failed = new Map([...names].map((name) => [name, failure(code, 'node 3 did not answer')]))
      if (failed.size > 0) throw failure('STORE_BATCH_FAILED', failed.size + ' failed', { failed, values })
    }
    const methods = {
      async getMany(names) {
        const readable = names.filter((name) => name !== last && records.has(name))
        const values = new Map(readable.map((name) => [name, records.get(name)]))
        refuse(names.filter((name) => name === last), '${code}', values)
        return values
      },
      async setMany(given) { refuse(given.keys(), 'STORE_FULL', new Map()) },
      async deleteMany() {},
      async *list() { yield* records.keys() },
    }
    const capabilities = { durability: 'power', retains: true, shared: false }
    const options = { '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) } }
    export default { name: 'part', apiVersion: 1, options, create: () => ({ name: 'part', capabilities, ...methods }) }`,
  )
  return directory
}

describe('a store whose package has its own copy of the contracts', () => {
  it.each([3, 251])('hides no other of %i records if one cannot be read now, and ls exits 1', async (count) => {
    const { code, answer: given } = await answer(withUnread(count, 'STORE_TIMEOUT'), ['ls'])
    expect({ code, sessions: (given.sessions as unknown[]).length }).toEqual({ code: 1, sessions: count - 1 })
    expect(given.unreadable).toMatchObject([{ code: 'STORE_TIMEOUT', why: 'node 3 did not answer' }])
  })

  it('fails if none of its records can be read', async () => {
    const { code, err } = await sessionkeep(withUnread(1, 'STORE_TIMEOUT'), ['ls'])
    expect({ code, err }).toMatchObject({ code: 1, err: expect.stringMatching(/did not answer \(STORE_TIMEOUT\)$/m) })
  })

  it('is copied but for its damaged record, which is named', async () => {
    const directory = withUnread(3, 'STORE_RECORD_UNREADABLE')
    const line = ['copy', '--from', './part.mjs', '--to', 'lowdb:db.json']
    expect(await answer(directory, line)).toMatchObject({ code: 2, answer: { written: 2, refused: [{}] } })
  })

  it('names each record that it refuses to write', async () => {
    const directory = withUnread(1, 'STORE_RECORD_UNREADABLE')
    const source = directoryWith([record('docs'), record('web')])
    const line = ['copy', '--from', `file:${source}/sessions`, '--to', './part.mjs']
    const { code, answer: given } = await answer(directory, line)
    expect({ code, given }).toMatchObject({ code: 2, given: { written: 0, refused: [{}, {}] } })
  })
})

describe('a record that is not damaged, and cannot be read now', () => {
  it('makes status exit 1 with its code, and not say that the store can be read', async () => {
    const directory = withUnread(3, 'STORE_TIMEOUT')
    const { code, out } = await sessionkeep(directory, ['status'])
    expect({ code, out }).toEqual({ code: 1, out: expect.stringContaining('STORE_TIMEOUT') })
    expect(out).not.toContain('can be read')
    const { answer: given } = await answer(directory, ['status'])
    expect(given).toMatchObject({ ok: false, stores: [{ living: 2, unreadable: [{ code: 'STORE_TIMEOUT' }] }] })
  })

  it.each(['ls', 'ended'])(
    'makes %s exit 1 with the sessions that it can read, and say what to do',
    async (command) => {
      const { code, out, err } = await sessionkeep(withUnread(3, 'STORE_TIMEOUT'), [command])
      expect({ code, err }).toEqual({ code: 1, err: 'next: Find out what is wrong. sessionkeep doctor\n' })
      expect(out).toContain('unreadable: claude-w0002: node 3 did not answer')
      const damaged = await sessionkeep(withUnread(3, 'STORE_RECORD_UNREADABLE'), [command])
      expect(damaged).toMatchObject({ code: 0, out: expect.stringContaining('unreadable: claude-w0002') })
    },
  )

  it.each(['claude-w0002', 'w0002', 'claude-other'])(
    'makes show %s fail with its code, since it may be of that session',
    async (wanted) => {
      const directory = withUnread(3, 'STORE_TIMEOUT')
      const { code, err } = await sessionkeep(directory, ['show', wanted])
      expect(code).toBe(1)
      expect(err).toContain(
        `The session of workspace "${wanted}" may be in the record claude-w0002, which cannot be read now: node 3 did not answer (STORE_TIMEOUT)`,
      )
      expect(await sessionkeep(directory, ['show', 'w0001'])).toMatchObject({ code: 0 })
    },
  )

  it('makes show fail with its code also if a damaged record has the wanted name', () => {
    const away = { name: 'claude-w0002', code: 'STORE_TIMEOUT', why: 'node 3 did not answer' }
    const damaged = { name: 'docs', code: 'STORE_RECORD_UNREADABLE', why: 'it is torn' }
    for (const odd of [
      [damaged, away],
      [away, damaged],
    ])
      expect(() => findSession({ sessions: [], odd }, 'docs')).toThrow(/may be in the record claude-w0002, .* now/)
    expect(() => findSession({ sessions: [], odd: [damaged] }, 'docs')).toThrow(/^There is no session/)
  })

  it('makes doctor advise what its code says, and not to remove it', async () => {
    const { code, out } = await sessionkeep(withUnread(3, 'STORE_TIMEOUT'), ['doctor'])
    expect(code).toBe(2)
    expect(out).toMatch(
      /"claude-w0002" cannot be read: node 3 did not answer\n {4}do: It may be whole, so leave it there\. Its server or disk hangs/,
    )
    expect(out).not.toMatch(/can be read;|Mend or remove/)
  })

  it('is told from a damaged one, which does no harm to the exit code of status', async () => {
    const directory = withUnread(3, 'STORE_RECORD_UNREADABLE')
    expect(await sessionkeep(directory, ['status'])).toMatchObject({
      code: 0,
      out: expect.stringContaining('can be read'),
    })
    expect((await sessionkeep(directory, ['doctor'])).out).toContain('Mend or remove it')
  })
})
