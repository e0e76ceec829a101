import { expect, test } from 'vitest'
import * as z from 'zod'
import { memoryStore } from '../../src/index.ts'
import { memoryHost } from '../../src/testing.ts'
import { fill, heldStore, record } from '../support/held-store.ts'
import { makePool } from '../support/pools.ts'
import { clock } from '../support/time.ts'

const schema = (
  validate: (value: unknown) => { value: Record<string, unknown> } | { issues: { message: string }[] },
) => ({
  '~standard': { version: 1 as const, vendor: 'test', validate },
})

test('attributes that the schema refuses are not stored', async () => {
  const held = heldStore()
  const attributes = schema((value) =>
    typeof (value as { n?: unknown }).n === 'number'
      ? { value: value as Record<string, unknown> }
      : { issues: [{ message: 'n is to be a number' }] },
  )
  const { pool } = makePool({ host: memoryHost({ clock }), metadata: { store: held.store }, attributes })
  await pool.start()
  await pool.getOrCreateSession('a')
  expect(() => pool.setAttributes('a', { n: 'x' })).toThrow(expect.objectContaining({ code: 'INVALID_ATTRIBUTES' }))
  pool.trackRequestStart('a')
  await pool.saveSessionMetadata('a')
  expect((await held.stored()).get('claude-a')).toMatchObject({ totalRequests: 1 })
  expect((await held.stored()).get('claude-a')?.attributes).toBeUndefined()
})

test('a schema that throws for one record hides neither that record nor the others', async () => {
  const host = memoryHost({ clock })
  const store = memoryStore()
  const workspaces = ['a', 'b', 'c']
  for (const workspace of workspaces)
    await host.create(`claude-${workspace}`, { workspace, pool: 'claude-', createdAt: 1000 })
  await fill(
    store,
    workspaces.map((workspace) => record(`claude-${workspace}`, { attributes: { bad: 1 } })),
  )
  const attributes = schema(() => {
    throw new Error('a mistake in the schema')
  })
  const { pool } = makePool({ host, metadata: { store, maxRetryMs: 5000 }, attributes })
  await pool.start()
  expect(pool.listSessions()).toMatchObject(workspaces.map(() => ({ totalRequests: 42 })))
})

class Point {
  x = 1
}
const fail = () => {
  throw new Error('a mistake in a getter')
}
const revoked = () => {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}
const circular: Record<string, unknown> = {}
circular.self = circular
const twice = (depth: number): object => {
  let value = {}
  for (let at = 0; at < depth; at += 1) value = { a: value, b: value }
  return value
}
const deep = JSON.parse(`${'['.repeat(101)}${']'.repeat(101)}`)

test.each<[string, unknown, string]>([
  ['a Map', { tags: new Map([['a', 1]]) }, 'tags'],
  ['a Set', { tags: new Set(['a']) }, 'tags'],
  ['a function', { run: () => 1 }, 'run'],
  ['a symbol', { tag: Symbol('a') }, 'tag'],
  ['NaN', { size: Number.NaN }, 'size is NaN'],
  ['Infinity, deep down', { size: { of: [1, Number.POSITIVE_INFINITY] } }, 'size.of[1]'],
  ['a BigInt', { id: 12n }, 'id'],
  ['a Date', { at: new Date(0) }, 'at'],
  ['an instance of a class', { point: new Point() }, 'point'],
  ['undefined below a key', { chat: { id: undefined } }, 'chat.id is undefined'],
  ['a symbol as a key', { chat: { [Symbol('id')]: 1 } }, 'chat has a symbol'],
  ['a symbol as a key at the top', { [Symbol('id')]: 1 }, 'the patch has a symbol'],
  ['a list with further properties', { found: /x/.exec('x') }, 'found'],
  ['a long path', { ['k'.repeat(10_000)]: () => 1 }, 'kkk… is a function'],
  ['a proxy that is revoked', { gone: revoked() }, 'reading them fails'],
  ['a getter that throws', { chat: new Proxy({}, { ownKeys: () => fail() }) }, 'reading them fails'],
  ['more places than characters allowed', { list: new Array(300_000_000) }, 'all of them together'],
  ['objects that contain others twice, 80 deep', { twice: twice(80) }, 'all of them together'],
  ['a hole in a list', { list: new Array(2) }, 'list[1]'],
  ['a toJSON method', { chat: { toJSON: () => 1 } }, 'chat'],
  ['itself', { circular }, 'circular'],
  ['a list nested deeper than 100', { deep }, 'deep'],
])('attributes with %s are refused with the key, since JSON would not keep them', async (_what, patch, key) => {
  const { pool } = makePool({ host: memoryHost({ clock }), metadata: { store: memoryStore() } })
  await pool.start()
  await pool.getOrCreateSession('a', { attributes: { kept: 1 } })
  const refusal = expect.objectContaining({ code: 'INVALID_ATTRIBUTES', message: expect.stringContaining(key) })
  expect(() => pool.setAttributes('a', patch as object)).toThrow(refusal)
  await expect(pool.getOrCreateSession('b', { attributes: patch as Record<string, unknown> })).rejects.toEqual(refusal)
  expect(pool.getSession('a')?.attributes).toEqual({ kept: 1 })
})

test('a refusal by JSON or by the schema names the path of the value', async () => {
  const attributes = z.object({ chat: z.object({ id: z.number() }).optional() })
  const { pool } = makePool({ host: memoryHost({ clock }), metadata: { store: memoryStore() }, attributes })
  await pool.start()
  await pool.getOrCreateSession('a')
  const patch = (id: unknown) => () => pool.setAttributes('a', { chat: { id } } as never)
  const refused = { code: 'INVALID_ATTRIBUTES' }
  expect(patch(12n)).toThrow(expect.objectContaining({ ...refused, context: { path: 'chat.id' } }))
  expect(patch('x')).toThrow(expect.objectContaining({ ...refused, message: expect.stringContaining('chat.id: ') }))
})

test('attributes that are too large in total are refused although each patch is small, and the earlier ones stay', async () => {
  const { pool } = makePool({ host: memoryHost({ clock }), metadata: { store: memoryStore() } })
  await pool.start()
  await pool.getOrCreateSession('a')
  const part = 'x'.repeat(100_000)
  pool.setAttributes('a', { one: part })
  pool.setAttributes('a', { two: part })
  expect(() => pool.setAttributes('a', { three: part })).toThrow(
    expect.objectContaining({ code: 'INVALID_ATTRIBUTES', message: expect.stringContaining('together') }),
  )
  expect(Object.keys(pool.getSession('a')?.attributes ?? {})).toEqual(['one', 'two'])
  expect(await pool.saveSessionMetadata('a')).toMatchObject({ durability: 'none' })
})
