import { StoreError } from '@sessionkeep/contracts'
import { describe, expect, test } from 'vitest'
import { openedTexts, signal } from './support/texts.ts'

describe('failures', () => {
  test('some names of a batch fail by name, and the others succeed', async () => {
    const { store, texts, place } = await openedTexts()
    place.hooks.set = (key) => key.endsWith('bad') && Promise.reject(new Error('too long'))
    const batch = new Map<string, unknown>([
      ['a', 1],
      ['bad', 2],
      ['z', 3],
      ['none', undefined],
      ['big', 1n],
    ])
    const error = await store.setMany(batch, { signal }).catch((cause: unknown) => cause)
    expect(error).toMatchObject({ code: 'STORE_BATCH_FAILED' })
    const { failed } = error as { failed: Map<string, StoreError> }
    expect(Object.fromEntries([...failed].map(([name, { code }]) => [name, code]))).toEqual({
      bad: 'STORE_UNAVAILABLE',
      none: 'STORE_RECORD_INVALID',
      big: 'STORE_RECORD_INVALID',
    })
    expect(failed.get('bad')?.message).toBe('set() of store texts failed: too long')
    expect([...texts]).toEqual([
      ['ground/live/a', '1'],
      ['ground/live/z', '3'],
    ])
  })

  test('an outage rejects the whole call, also when a function throws synchronously', async () => {
    const { store, names, place } = await openedTexts()
    const fail = () => {
      throw new Error('away')
    }
    Object.assign(place.connection, { get: fail, set: fail, delete: fail, keys: fail })
    const away = { code: 'STORE_UNAVAILABLE', retryable: true }
    await expect(store.getMany(['a', 'b'], { signal })).rejects.toMatchObject(away)
    await expect(store.setMany(new Map([['a', 1]]), { signal })).rejects.toMatchObject(away)
    await expect(store.deleteMany(['a'], { signal })).rejects.toMatchObject(away)
    await expect(store.setAside?.(['a'], { signal })).rejects.toMatchObject(away)
    await expect(names()).rejects.toMatchObject(away)
  })

  test('a StoreError of the place is passed on unchanged', async () => {
    const { store, place } = await openedTexts()
    place.hooks.set = () => Promise.reject(new StoreError('STORE_FULL', 'No room.'))
    await expect(store.setMany(new Map([['a', 1]]), { signal })).rejects.toMatchObject({ code: 'STORE_FULL' })
  })

  test('stored text that is not JSON fails by name; null is a valid record', async () => {
    const { store, texts } = await openedTexts()
    texts.set('ground/live/a', 'null').set('ground/live/torn', '{').set('ground/live/empty', '')
    const error = await store.getMany(['a', 'torn', 'empty', 'absent'], { signal }).catch((cause: unknown) => cause)
    const { failed, values } = error as { failed: Map<string, StoreError>; values: Map<string, unknown> }
    expect([...failed].map(([name, { code }]) => [name, code])).toEqual([
      ['torn', 'STORE_RECORD_UNREADABLE'],
      ['empty', 'STORE_RECORD_UNREADABLE'],
    ])
    expect([...values]).toEqual([['a', null]])
  })

  test('check() runs before each call, and its error prevents the call', async () => {
    const { store, names, place } = await openedTexts()
    expect(place.of('check')).toHaveLength(1)
    place.hooks.check = () => Promise.reject(new Error('not mounted'))
    const before = place.calls.length
    await expect(store.getMany(['a'], { signal })).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    await expect(names()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    expect(place.calls.slice(before)).toEqual(['check', 'check'])
  })
})

describe('setAside()', () => {
  test('moves the unchanged text to a new key, and skips absent names', async () => {
    const { store, texts } = await openedTexts()
    for (const torn of ['{ torn', 'also torn']) {
      texts.set('ground/live/a', torn)
      await store.setAside?.(['a', 'absent'], { signal })
    }
    expect([...texts.values()].sort()).toEqual(['also torn', '{ torn'])
    expect([...texts.keys()].filter((key) => !key.startsWith('ground/aside/'))).toEqual([])
  })

  test('does not remove the text when it cannot be written elsewhere', async () => {
    const { store, texts, place } = await openedTexts()
    texts.set('ground/live/a', '{ torn')
    place.hooks.set = () => Promise.reject(new Error('full'))
    await expect(store.setAside?.(['a'], { signal })).rejects.toThrow('full')
    expect([...texts]).toEqual([['ground/live/a', '{ torn']])
  })
})
