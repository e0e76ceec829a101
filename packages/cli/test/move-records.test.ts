import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createSessionPool } from '@sessionkeep/core'
import { StoreError } from '@sessionkeep/core/store'
import { memoryHost } from '@sessionkeep/core/testing'
import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { decide } from '../src/transfer/decide.ts'
import { differences } from '../src/transfer/differences.ts'
import { answer, directoryWith, ENDED, NOW, record, sessionkeep, writeRecord } from './support/fixture.ts'

const three = () => [record('docs', { attributes: { a: { b: [1, 2] } } }), record('chat'), record('old', ENDED)]
const toLowdb = ['--from', 'file', '--to', 'lowdb:db.json']
const copyToLowdb = ['copy', ...toLowdb]

describe('copy', () => {
  it('brings every record to the other store, so that verify says identical', async () => {
    const directory = directoryWith([...three(), record('later', { extra: 'of a later release' })])
    expect((await answer(directory, copyToLowdb)).answer).toMatchObject({ ok: true, total: 4, written: 4, refused: [] })
    const { code, out } = await sessionkeep(directory, ['verify', ...toLowdb])
    expect([code, out]).toEqual([0, 'identical: 4 records\n'])
  })

  it('writes nothing twice', async () => {
    const directory = directoryWith(three())
    await sessionkeep(directory, copyToLowdb)
    const before = statSync(`${directory}/db.json`).mtimeMs
    expect((await answer(directory, copyToLowdb)).answer).toMatchObject({ written: 0, same: 3 })
    expect(statSync(`${directory}/db.json`).mtimeMs).toBe(before)
  })

  it('writes nothing in a dry run, and says what it would do', async () => {
    const directory = directoryWith(three())
    const { answer: given } = await answer(directory, [...copyToLowdb, '--dry-run'])
    expect(given).toMatchObject({ dryRun: true, written: 3 })
    expect(readdirSync(directory).sort()).toEqual(['sessionkeep.config.json', 'sessions'])
  })

  it('joins a record of the same session, and keeps a newer one', async () => {
    const directory = directoryWith([record('docs'), record('chat', { revision: 3 })])
    await sessionkeep(directory, copyToLowdb)
    writeRecord(directory, record('docs', { revision: 9, totalRequests: 50 }))
    writeRecord(directory, record('chat', { revision: 2, totalRequests: 41 }))
    expect((await answer(directory, copyToLowdb)).answer).toMatchObject({ written: 1, joined: 0, kept: 1 })
    const { answer: given } = await answer(directory, ['show', 'docs', '--store', 'lowdb:db.json'])
    expect(given).toMatchObject({ session: { totalRequests: 50 } })
  })

  it('exits 2 and names a record that cannot be read, and copies the others', async () => {
    const directory = directoryWith(three())
    writeFileSync(`${directory}/sessions/claude-bad.json`, '{')
    const { code, answer: given } = await answer(directory, copyToLowdb)
    expect(code).toBe(2)
    expect(given).toMatchObject({ ok: false, written: 3, refused: [{ name: 'claude-bad' }] })
  })

  it('refuses to write under a running gateway, and writes nothing', async () => {
    const directory = directoryWith(three())
    const other = directoryWith([])
    const metadata = { store: 'file', stores: { file: { directory: `${other}/sessions` } } }
    const pool = createSessionPool({ host: memoryHost(), metadata })
    await pool.start()
    onTestFinished(async () => void (await pool.stop()))
    for (const args of [
      ['copy', '--from', 'file'],
      ['import', 'all.ndjson'],
    ]) {
      await sessionkeep(directory, ['export', '--output', `${directory}/all.ndjson`])
      const { code, err } = await sessionkeep(directory, [...args, '--to', `file:${other}/sessions`])
      expect(code).toBe(3)
      expect(err).toContain('is in use by')
      expect(err).toContain('STORE_LOCKED')
    }
    expect(readdirSync(`${other}/sessions`).filter((name) => name.endsWith('.json'))).toEqual([])
  })

  it('refuses a store that forgets everything', async () => {
    const { code, err } = await sessionkeep(directoryWith(three()), ['copy', '--from', 'file', '--to', 'memory'])
    expect(code).toBe(3)
    expect(err).toContain('CLI_KEEPS_NOTHING')
  })

  it('refuses a password in an argument, and does not repeat it', async () => {
    const uri = 'redis://:hunter22@127.0.0.1:1'
    const printed = await sessionkeep(directoryWith([]), ['copy', '--from', 'file', '--to', uri, '--json'])
    expect(printed.code).toBe(3)
    expect(printed.out + printed.err).toContain('env:NAME')
    expect(printed.out + printed.err).not.toContain('hunter22')
  })

  it('takes a connection string from a variable, and does not print it', async () => {
    const env = { TARGET: 'redis://:hunter22@127.0.0.1:1' }
    const printed = await sessionkeep(directoryWith([]), ['copy', '--from', 'file', '--to', 'env:TARGET'], { env })
    expect(printed.err).toContain('STORE_UNAVAILABLE')
    expect(printed.err).not.toContain('hunter22')
    const unset = await sessionkeep(directoryWith([]), ['copy', '--from', 'file', '--to', 'env:TARGET'])
    expect(unset.err).toContain('The variable TARGET is not set')
  })

  it('shows progress on a terminal alone, and never on standard output', async () => {
    const directory = directoryWith(three())
    const quiet = await sessionkeep(directory, copyToLowdb)
    expect(quiet.err).not.toContain('%')
    const shown = await sessionkeep(directory, copyToLowdb, { isTerminal: true })
    expect(shown.err).toMatch(/copy .* 100% \| 3\/3/)
    expect(shown.out).not.toContain('%')
  })
})

describe('a command that others may have written', () => {
  /** A directory in which `./shared.mjs` is a store that other machines can write to, with one record. */
  const withShared = () => {
    const directory = directoryWith([])
    const stored = [['claude-docs', record('docs', { place: { command: 'forged', cwd: '/' } })]]
    writeFileSync(
      `${directory}/shared.mjs`,
      `const records = new Map(${JSON.stringify(stored)})
      const store = () => ({
        name: 'shared',
        capabilities: { durability: 'power', retains: true, shared: true },
        getMany: async (names) => new Map([...records].filter(([name]) => names.includes(name))),
        setMany: async (more) => { for (const [name, value] of more) records.set(name, value) },
        deleteMany: async () => {},
        async *list() { yield* records.keys() },
      })
      const options = { '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) } }
      export default { name: 'shared', apiVersion: 1, options, create: store }`,
    )
    return directory
  }
  const inFile = (directory: string) =>
    JSON.parse(readFileSync(`${directory}/sessions/claude-docs.json`, 'utf8')) as Record<string, unknown>
  const withheld = { command: 'forged', cwd: '/', withheld: true }

  it('is withheld when its record is copied to files, and verify says identical', async () => {
    const directory = withShared()
    const places = ['--from', './shared.mjs', '--to', 'file']
    expect((await answer(directory, ['copy', ...places])).answer).toMatchObject({ written: 1 })
    expect(inFile(directory)).toMatchObject({ totalRequests: 42, place: withheld })
    expect((await answer(directory, ['copy', ...places])).answer).toMatchObject({ written: 0, same: 1 })
    expect((await sessionkeep(directory, ['verify', ...places])).out).toBe('identical: 1 record\n')
  })

  it('is withheld in an export, and so after an import', async () => {
    const directory = withShared()
    const { out } = await sessionkeep(directory, ['export', '--store', './shared.mjs'])
    await sessionkeep(directory, ['import', '-', '--to', 'file'], { stdin: out })
    expect(inFile(directory)).toMatchObject({ place: withheld })
  })

  it('stays as it is when its record is copied from files', async () => {
    const directory = withShared()
    writeRecord(directory, record('mine', { place: { command: 'agent' } }))
    await sessionkeep(directory, ['copy', '--from', 'file', '--to', 'lowdb:db.json'])
    expect(readFileSync(`${directory}/db.json`, 'utf8')).toContain('"command":')
    expect(readFileSync(`${directory}/db.json`, 'utf8')).not.toContain('withheld')
  })
})

describe('verify', () => {
  it('finds what only one side has, and each field that differs', async () => {
    const directory = directoryWith(three())
    await sessionkeep(directory, copyToLowdb)
    writeRecord(directory, record('docs', { attributes: { a: { b: [1, 3] } }, totalRequests: 43 }))
    writeRecord(directory, record('new'))
    const { code, answer: given } = await answer(directory, ['verify', '--from', 'lowdb:db.json', '--to', 'file'])
    expect(code).toBe(2)
    expect(given).toMatchObject({
      identical: false,
      records: { from: 3, to: 4, same: 2 },
      unequal: [
        {
          name: 'claude-docs',
          kind: 'differs',
          fields: [
            { field: 'totalRequests', from: 42, to: 43 },
            { field: 'attributes.a.b.1', from: 2, to: 3 },
          ],
        },
        { name: 'claude-new', kind: 'only-in-to' },
      ],
    })
    const { out } = await sessionkeep(directory, ['verify', ...toLowdb])
    expect(out).toContain('  attributes.a.b.1: 3 and 2')
    expect(out).toContain('claude-new: only-in-from')
  })
})

describe('export and import', () => {
  const exported = async () => {
    const directory = directoryWith(three())
    const { out } = await sessionkeep(directory, ['export'])
    return { directory, text: out }
  }
  const records = (directory: string) => readdirSync(`${directory}/sessions`).filter((name) => name.endsWith('.json'))

  it('go round without a difference, by a file or by standard input', async () => {
    const { directory, text } = await exported()
    expect(text.split('\n').map((line) => (line ? Object.keys(JSON.parse(line) as object) : []))).toEqual([
      ...[['sessionkeep', 'format', 'store', 'at']],
      ...[
        ['name', 'record'],
        ['name', 'record'],
        ['name', 'record'],
      ],
      ...[['sessionkeep', 'count', 'digest'], []],
    ])
    const other = directoryWith([])
    const { code, out } = await sessionkeep(other, ['import', '-'], { stdin: text })
    expect([code, out]).toEqual([
      0,
      '3 records: wrote 3, joined 0; 0 were there already, 0 are newer there, 0 refused\n',
    ])
    const same = ['verify', '--from', `file:${directory}/sessions`, '--to', `file:${other}/sessions`]
    expect((await sessionkeep(other, same)).out).toBe('identical: 3 records\n')
    expect((await sessionkeep(directory, ['export', '--output', 'all.ndjson'])).code).toBe(0)
    expect(readFileSync(`${directory}/all.ndjson`, 'utf8')).toBe(text)
    expect(statSync(`${directory}/all.ndjson`).mode & 0o777).toBe(0o600)
    expect((await answer(other, ['import', `${directory}/all.ndjson`])).answer).toMatchObject({ same: 3, written: 0 })
  })

  it('never overwrite a file, and leave none behind after a failure', async () => {
    const { directory } = await exported()
    writeFileSync(`${directory}/all.ndjson`, 'mine')
    expect((await sessionkeep(directory, ['export', '--output', 'all.ndjson'])).code).toBe(3)
    expect(readFileSync(`${directory}/all.ndjson`, 'utf8')).toBe('mine')
    await sessionkeep(directory, ['export', '--store', 'nothing', '--output', 'other.ndjson'])
    expect(readdirSync(directory).sort()).toEqual(['all.ndjson', 'sessionkeep.config.json', 'sessions'])
  })

  it('refuse an export that was cut anywhere, and write nothing of it', async () => {
    const { text } = await exported()
    const other = directoryWith([])
    const everywhere = Array.from({ length: Math.ceil(text.length / 17) }, (_, at) => at * 17)
    const afterLines = [...text.matchAll(/\n/g)].map(({ index }) => index + 1).slice(0, -1)
    for (const length of [...everywhere, ...afterLines]) {
      const { code, err } = await sessionkeep(other, ['import', '-'], { stdin: text.slice(0, length) })
      expect([length, code]).toEqual([length, 3])
      expect(err).toContain('CLI_TORN_EXPORT')
    }
    expect(records(other)).toEqual([])
  })

  it.each([
    [
      'a record was changed',
      (text: string) => text.replace('"totalRequests":42', '"totalRequests":43'),
      'the digest is wrong',
    ],
    [
      'a line is missing',
      (text: string) => text.replace(/\{"name":"claude-docs".*\n/, ''),
      'it says 3 records, and there are 2',
    ],
    ['a line is there twice', (text: string) => text.replace(/(\{"name":"claude-docs".*\n)/, '$1$1'), 'is there twice'],
    ['something follows', (text: string) => `${text}{}\n`, 'there is something after the last line'],
    ['the format is newer', (text: string) => text.replace('"format":1', '"format":2'), 'has format 2'],
    ['it is not JSON', () => 'hello\n', 'it is not JSON'],
  ])('refuse an export when %s', async (_what, change, message) => {
    const { text } = await exported()
    const other = directoryWith([])
    const { code, err } = await sessionkeep(other, ['import', '-'], { stdin: change(text) })
    expect(code).toBe(3)
    expect(err).toContain(message)
    expect(records(other)).toEqual([])
  })

  it('say that a file is missing', async () => {
    const { code, err } = await sessionkeep(directoryWith([]), ['import', 'nothing.ndjson'])
    expect(code).toBe(1)
    expect(err).toContain('CLI_NOT_FOUND')
  })
})

describe('a decision about one record', () => {
  const small = fc.integer({ min: 0, max: 3 })
  const any = fc
    .record({
      totalRequests: small,
      revision: small,
      createdAt: small,
      run: fc.constantFrom('a', 'b'),
      incarnation: fc.constantFrom('i', 'j', undefined),
    })
    .map((fields) => record('docs', { ...fields, lastActivityAt: NOW }))
  const stored = fc.oneof(
    any.map((value) => ({ value })),
    fc.constant({ fault: 'torn', reason: new StoreError('STORE_RECORD_UNREADABLE', 'torn') }),
    fc.constant({ value: 7 }),
  )

  it('leaves nothing to do once it was carried out', () => {
    fc.assert(
      fc.property(stored, fc.option(stored, { nil: undefined }), (from, to) => {
        const decision = decide('claude-docs', from, to)
        if (!('value' in decision)) return
        const next = decide('claude-docs', from, { value: decision.value })
        expect(next.kind).toBe(
          differences(decision.value, 'value' in from && from.value).length === 0 ? 'same' : 'kept',
        )
      }),
    )
  })

  it('compares values whatever the order of their keys', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const turned = Object.fromEntries(Object.entries(value).reverse())
        expect(differences(value, turned)).toEqual([])
      }),
    )
    expect(differences({ a: [1] }, { a: { 0: 1 } })).toEqual([{ path: ['a'], from: [1], to: { 0: 1 } }])
  })
})
