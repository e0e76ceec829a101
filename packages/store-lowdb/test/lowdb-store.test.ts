import { chmodSync, chownSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import {
  after,
  always,
  contextOf,
  failedCodes,
  failureOf,
  freshDirectory,
  namesOf,
  recordingLogger,
} from '../../disk/test/support/fixture.ts'
import { lowdbStore } from '../src/index.ts'
import { documentIn, freshFile, openedStore } from './support/fixture.ts'

const record = { sessionName: 'claude-demo', totalRequests: 42, extra: { kept: [1, null] } }

test('the document is readable, with the names in order, and ends with a line break', async () => {
  const file = freshFile()
  const store = await openedStore(file)
  await store.setMany(
    new Map([
      ['b', { n: 2 }],
      ['10', { n: 10 }],
      ['a', { list: [1], empty: {} }],
    ]),
    always,
  )
  expect(readFileSync(file, 'utf8')).toBe(`{
  "sessionkeep": 1,
  "records": {
    "10": {
      "n": 10
    },
    "a": {
      "list": [
        1
      ],
      "empty": {}
    },
    "b": {
      "n": 2
    }
  }
}
`)
})

test('integers that a number cannot hold are not rounded when another record is written or one is set aside', async () => {
  const file = freshFile()
  const big = '12345678901234567890'
  const records = `{"other": {"note": "say ${big}", "at": ${big}, "and": -${big}, "safe": 1234567890123456}, "bad": ${big}}`
  writeFileSync(file, `{"sessionkeep": 1, "records": ${records}, "later": [${big}]}`)
  const store = await openedStore(file)
  await store.setMany(new Map([['mine', { at: 1 }]]), always)
  await store.setAside?.(['bad'], always)
  const text = readFileSync(file, 'utf8')
  const kept = [
    `"at": ${big}`,
    `"and": -${big}`,
    `"note": "say ${big}"`,
    '"safe": 1234567890123456',
    `"content": ${big}`,
  ]
  for (const part of kept) expect(text).toContain(part)
  expect(text).toMatch(new RegExp(`"later": \\[\\s+${big}`))
})

test('records, hostile names and unknown members of the document are kept unchanged', async () => {
  const file = freshFile()
  const names = ['__proto__', 'constructor', 'toString', '10', 'a/b', 'a\nb', '"', 'é', 'x'.repeat(3000)]
  const store = await openedStore(file)
  const own = JSON.parse('{"__proto__": {"polluted": true}, "text": "a\\n  \\"b\\": {", "n": 1}')
  await store.setMany(new Map(names.map((name) => [name, { ...record, own, name }])), always)
  await store.close()
  const again = await openedStore(file)
  expect((await namesOf(again)).sort()).toEqual([...names].sort())
  const values = await again.getMany(names, always)
  for (const name of names) expect(values.get(name)).toEqual({ ...record, own, name })
  expect('polluted' in {}).toBe(false)
})

test('each pool has a key, and an empty pool has none', async () => {
  const file = freshFile()
  const ofDefault = await openedStore(file, { owner: 'claude-' })
  const bot = await openedStore(file, { namespace: 'bot', owner: 'bot' })
  await Promise.all([
    ofDefault.setMany(new Map([['a', { of: 'default' }]]), always),
    bot.setMany(new Map([['a', { of: 'bot' }]]), always),
  ])
  expect(documentIn(file)).toEqual({
    sessionkeep: 1,
    records: { a: { of: 'default' } },
    pools: { bot: { a: { of: 'bot' } } },
  })
  await bot.deleteMany(['a', 'absent'], always)
  expect(documentIn(file)).toEqual({ sessionkeep: 1, records: { a: { of: 'default' } } })
  expect(await namesOf(ofDefault)).toEqual(['a'])
})

test('two stores of one process for the same owner exclude each other, and the lock is free when the last has closed', async () => {
  const file = freshFile()
  const first = await openedStore(file, { owner: 'claude-' })
  const second = await openedStore(file, { owner: 'bot-' })
  const third = lowdbStore({ file })
  for (const owner of ['claude-', undefined]) {
    expect(await failureOf(third.open?.(contextOf({ owner })) as Promise<void>)).toMatchObject({
      code: 'STORE_LOCKED',
      context: { pid: process.pid },
    })
  }
  await first.close()
  await second.setMany(new Map([['a', record]]), always)
  await second.close()
  await third.open?.(contextOf())
  expect(await namesOf(third)).toEqual(['a'])
  await third.close?.()
})

test('a batch that fails in part reports the failed names, and writes the others', async () => {
  const store = await openedStore(freshFile())
  const cyclic: Record<string, unknown> = {}
  cyclic.self = cyclic
  const failure = await failureOf(
    store.setMany(
      new Map<string, unknown>([
        ['good', { ok: true }],
        ['cyclic', cyclic],
        ['deep', { deep: JSON.parse('['.repeat(501) + ']'.repeat(501)) }],
        ['array', []],
        ['large', { text: 'x'.repeat(4 * 1024 * 1024) }],
      ]),
      always,
    ),
  )
  expect(failedCodes(failure)).toEqual({
    cyclic: 'STORE_RECORD_INVALID',
    deep: 'STORE_RECORD_INVALID',
    array: 'STORE_RECORD_INVALID',
    large: 'STORE_RECORD_INVALID',
  })
  expect(await namesOf(store)).toEqual(['good'])
})

test('setAside() moves a record within the document, without destroying it', async () => {
  const file = freshFile()
  const store = await openedStore(file, { namespace: 'bot' })
  await store.setMany(new Map([['a', record]]), always)
  await store.setAside(['a', 'absent'], always)
  expect(await namesOf(store)).toEqual([])
  expect(documentIn(file).setAside).toEqual([{ name: 'a', pool: 'bot', time: expect.any(String), content: record }])
  await store.setMany(new Map([['b', record]]), always)
  expect(documentIn(file).setAside).toHaveLength(1)
})

test('many calls at once make few writes, each call is acknowledged by a write that contains it, and the last call wins', async () => {
  const file = freshFile()
  const store = await openedStore(file)
  const seen = new Set<number>()
  const look = () => existsSync(file) && seen.add(statSync(file).ino)
  const writes = Array.from({ length: 300 }, async (_, n) => {
    await store.setMany(
      new Map([
        ['last', { n }],
        [`n${n}`, { n }],
      ]),
      { signal: new AbortController().signal },
    )
    look()
    expect(documentIn(file).records?.[`n${n}`]).toEqual({ n })
  })
  await Promise.all(writes)
  expect(seen.size).toBeLessThan(5)
  expect(documentIn(file).records?.last).toEqual({ n: 299 })
})

test('a waiting change is not written when its call is aborted, and other waiting changes are', async () => {
  const file = freshFile()
  const store = await openedStore(file)
  const abort = new AbortController()
  const set = (name: string, signal: AbortSignal) => store.setMany(new Map([[name, record]]), { signal })
  // The call is aborted before its write begins, since writes begin asynchronously.
  const given = failureOf(set('given-up', abort.signal))
  const wanted = set('wanted', always.signal)
  abort.abort()
  expect(await given).toMatchObject({ code: 'STORE_TIMEOUT' })
  await wanted
  await store.close()
  expect(Object.keys(documentIn(file).records ?? {})).toEqual(['wanted'])
})

test('deleting an absent record from a missing document does not create the document', async () => {
  const file = freshFile()
  const store = await openedStore(file)
  await store.deleteMany(['a'], always)
  expect(await namesOf(store)).toEqual([])
  expect(existsSync(file)).toBe(false)
})

test.each([0, 0o022, 0o777])('under umask %i directories are 0700 and the document 0600', async (umask) => {
  const file = join(freshDirectory(), 'made', 'anew', 'sessions.json')
  const before = process.umask(umask)
  after(() => process.umask(before))
  const store = await openedStore(file)
  await store.setMany(new Map([['a', record]]), always)
  expect([dirname(file), file].map((path) => statSync(path).mode & 0o777)).toEqual([0o700, 0o600])
})

test('read-only takes no lock and changes nothing, and reads later writes of others', async () => {
  const file = join(freshDirectory(), 'later', 'sessions.json')
  const logger = recordingLogger()
  const reader = await openedStore(file, { readOnly: true, logger })
  expect(await namesOf(reader)).toEqual([])
  expect(existsSync(dirname(file))).toBe(false)
  const writer = await openedStore(file)
  await writer.setMany(new Map([['a', record]]), always)
  const before = readdirSync(dirname(file), { recursive: true })
  expect(await reader.getMany(['a'], always)).toEqual(new Map([['a', record]]))
  await writer.deleteMany(['a'], always)
  expect(await namesOf(reader)).toEqual([])
  for (const call of [
    reader.setMany(new Map(), always),
    reader.deleteMany(['a'], always),
    reader.setAside(['a'], always),
  ]) {
    expect(await failureOf(call)).toMatchObject({ code: 'STORE_READ_ONLY' })
  }
  expect(readdirSync(dirname(file), { recursive: true })).toEqual(before)
  expect(logger.entries).toEqual([])
})

test.each([false, true])(
  'a document that everybody may write is refused and not changed; read-only %j',
  async (readOnly) => {
    const file = freshFile()
    const store = await openedStore(file)
    await store.setMany(new Map([['a', record]]), always)
    await store.close()
    chmodSync(file, 0o666)
    chmodSync(dirname(file), 0o755)
    const before = readFileSync(file, 'utf8')
    const opening = lowdbStore({ file }).open?.(contextOf({ readOnly })) as Promise<void>
    expect(await failureOf(opening)).toMatchObject({
      code: 'STORE_MISCONFIGURED',
      message: expect.stringContaining('every user may write it'),
    })
    expect(readFileSync(file, 'utf8')).toBe(before)
  },
)

test.skipIf(process.geteuid?.() !== 0).each(['document', 'directory'])(
  'a %s of another user is refused (needs root)',
  async (what) => {
    const file = freshFile()
    const store = await openedStore(file)
    await store.setMany(new Map([['a', record]]), always)
    await store.close()
    chownSync(what === 'document' ? file : dirname(file), 65534, 65534)
    for (const readOnly of [false, true]) {
      const opening = lowdbStore({ file }).open?.(contextOf({ readOnly })) as Promise<void>
      expect(await failureOf(opening)).toMatchObject({
        code: 'STORE_MISCONFIGURED',
        message: expect.stringContaining('belongs to user 65534'),
      })
    }
  },
)

test('a name that could not be read again is refused alone, with a code, and the longest one is read again', async () => {
  const file = freshFile()
  const longest = `${'é"'.repeat(16_383)}é`
  const store = await openedStore(file, { namespace: 'bot' })
  for (const name of [`${longest}x`, 'x'.repeat(70_000), 'x'.repeat(2_200_000)]) {
    const batch = new Map(Object.entries({ a: { n: 1 }, [longest]: { n: 2 }, [name]: { n: 3 } }))
    const failure = await failureOf(store.setMany(batch, always))
    expect(failedCodes(failure)).toEqual({ [name]: 'STORE_RECORD_INVALID' })
    expect(failure.message.length).toBeLessThan(300)
    expect(await store.getMany([name], always)).toEqual(new Map())
  }
  await store.close()
  const again = await openedStore(file, { namespace: 'bot' })
  expect(await again.getMany(['a', longest], always)).toEqual(
    new Map(Object.entries({ a: { n: 1 }, [longest]: { n: 2 } })),
  )
  await again.setAside([longest], always)
  await again.close()
  await openedStore(file, { namespace: 'bot' })
  expect(readdirSync(dirname(file)).filter((name) => name.includes('.corrupt-'))).toEqual([])
})

test('a namespace whose name could not be read again is refused', async () => {
  const file = freshFile()
  const opening = lowdbStore({ file }).open?.(contextOf({ namespace: 'x'.repeat(70_000) })) as Promise<void>
  const { code, message } = (await failureOf(opening)) as Error & { code: string }
  expect(code).toBe('STORE_MISCONFIGURED')
  expect(message.length).toBeLessThan(300)
  expect(existsSync(file)).toBe(false)
})
