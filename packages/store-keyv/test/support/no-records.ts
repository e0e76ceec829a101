import { expect, test } from 'vitest'
import type { KeyvStoreOptions } from '../../src/index.ts'
import { everythingIn, namesOf, openedStore, rejection, within } from './fixture.ts'

const BAD = { torn: '{"value":{"a', text: 'hello', list: '[1]', empty: '{}', nothing: '' }

/** Texts beneath the store that are no records; `write` puts one under a key. */
export function noRecords(
  options: () => KeyvStoreOptions,
  write: (key: string, text: string) => Promise<unknown>,
): void {
  test.each(Object.entries(BAD))(
    '%s: %j is no record: it fails for its name alone, unquoted, and can be set aside',
    async (name, text) => {
      const namespace = `bad-${name}`
      const store = await openedStore({ ...options(), namespace })
      await store.setMany(new Map([['good', { fine: true }]]), within())
      await write(`${namespace}:-:${name}`, text)
      const error = await rejection(store.getMany([name, 'good'], within()))
      const { failed, values } = error as unknown as {
        failed: Map<string, { code: string }>
        values: Map<string, unknown>
      }
      expect([...failed].map(([each, { code }]) => [each, code])).toEqual([[name, 'STORE_RECORD_UNREADABLE']])
      expect(values).toEqual(new Map([['good', { fine: true }]]))
      expect(everythingIn(error)).not.toContain('hello')
      await store.setAside?.([name], within())
      expect(await namesOf(store)).toEqual(['good'])
    },
  )
}
