import { expect, test } from 'vitest'
import type { KeyvStoreOptions } from '../../src/index.ts'
import { everythingIn, namesOf, openedStore, rejection, signalIn } from './fixture.ts'

const BAD = { torn: '{"value":{"a', text: 'hello', list: '[1]', empty: '{}', nothing: '' }

/** Tests stored texts that are not records; `write` puts one under a key. */
export function noRecords(
  options: () => KeyvStoreOptions,
  write: (key: string, text: string) => Promise<unknown>,
): void {
  test.each(Object.entries(BAD))(
    '%s: %j is not a record: it fails for its name alone, its text is not in the error, and it can be set aside',
    async (name, text) => {
      const namespace = `bad-${name}`
      const store = await openedStore({ ...options(), namespace })
      await store.setMany(new Map([['good', { fine: true }]]), signalIn())
      await write(`${namespace}:-:${name}`, text)
      const error = await rejection(store.getMany([name, 'good'], signalIn()))
      const { failed, values } = error as unknown as {
        failed: Map<string, { code: string }>
        values: Map<string, unknown>
      }
      expect([...failed].map(([each, { code }]) => [each, code])).toEqual([[name, 'STORE_RECORD_UNREADABLE']])
      expect(values).toEqual(new Map([['good', { fine: true }]]))
      expect(everythingIn(error)).not.toContain('hello')
      await store.setAside?.([name], signalIn())
      expect(await namesOf(store)).toEqual(['good'])
    },
  )

  test('a record that is nested 100,000 levels deep fails for its name alone, and the others are read', async () => {
    const store = await openedStore({ ...options(), namespace: 'nested' })
    await store.setMany(new Map([['good', { fine: true }]]), signalIn())
    const deep = '{"a":'.repeat(100_000) + '1'.padEnd(100_001, '}')
    await write('nested:-:deep', `{"value":{"attributes":${deep}}}`)
    const error = await rejection(store.getMany(['deep', 'good'], signalIn()))
    const { failed, values } = error as unknown as { failed: Map<string, unknown>; values: Map<string, unknown> }
    expect([...failed.keys()]).toEqual(['deep'])
    expect(values).toEqual(new Map([['good', { fine: true }]]))
    await store.setAside?.(['deep'], signalIn())
    expect(await namesOf(store)).toEqual(['good'])
  })
}
