import { expect, test } from 'vitest'
import { always, namesOf } from '../../disk/test/support/fixture.ts'
import { countedTurns, documentIn, freshFile, openedStore } from './support/fixture.ts'

/** A record that takes many milliseconds to become a text; `onRead` is called when it does. */
const slowRecord = (n: number, onRead: () => void = () => undefined) => ({
  n,
  numbers: Array.from({ length: 50_000 }, (_, at) => at),
  get read() {
    onRead()
    return true
  },
})

test('a batch of many large records gives other work its turns while their texts are made', async () => {
  const store = await openedStore(freshFile())
  const turns = countedTurns()
  const at: number[] = []
  const names = Array.from({ length: 20 }, (_, n) => `n${n}`)
  await store.setMany(new Map(names.map((name, n) => [name, slowRecord(n, () => at.push(turns()))])), always)
  expect(new Set(at).size).toBeGreaterThanOrEqual(10)
  expect((await namesOf(store)).sort()).toEqual(names.sort())
})

test('a small call does not overtake a large one before it', async () => {
  const file = freshFile()
  const store = await openedStore(file)
  const large = Array.from({ length: 5 }, (_, n) => [`n${n}`, slowRecord(1)] as const)
  const writes = [
    store.setMany(new Map(large), always),
    store.setMany(new Map([['n4', { n: 2 }]]), always),
    store.deleteMany(['n3'], always),
    store.setAside(['n2'], always),
  ]
  expect([...(await store.getMany(['n3', 'n4'], always))]).toEqual([['n4', { n: 2 }]])
  await Promise.all(writes)
  expect((await namesOf(store)).sort()).toEqual(['n0', 'n1', 'n4'])
  expect(documentIn(file).records?.n4).toEqual({ n: 2 })
})
