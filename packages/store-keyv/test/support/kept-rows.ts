import type { MetadataStore } from '@sessionkeep/contracts'
import { expect } from 'vitest'
import { namesOf, rejection, signalIn } from './fixture.ts'

/**
 * Checks that of several rows, the one that a trigger keeps without an error fails by its name, and the others are changed.
 *
 * @param keep - makes the triggers that keep the row of the record `kept`
 * @param table - the table, as the message names it
 */
export async function expectOnlyKeptToFail(
  store: MetadataStore,
  keep: () => Promise<unknown>,
  table: string,
): Promise<void> {
  const names = ['a', 'kept', 'b']
  const all = (value: number) => new Map(names.map((name) => [name, value]))
  const onlyKept = async (call: Promise<void> | undefined) => {
    const { failed } = (await rejection(call)) as unknown as { failed: Map<string, Error> }
    expect([...failed.keys()]).toEqual(['kept'])
    expect(failed.get('kept')).toMatchObject({
      code: 'STORE_RECORD_INVALID',
      message: expect.stringContaining(`a trigger or a row policy of the table ${table} skips it`),
    })
  }
  await store.setMany(all(1), signalIn())
  await keep()
  await onlyKept(store.setMany(all(2), signalIn()))
  expect(await store.getMany(names, signalIn())).toEqual(new Map([...all(2), ['kept', 1]]))
  await onlyKept(store.setAside?.(['a', 'kept', 'absent'], signalIn()))
  await onlyKept(store.deleteMany(['b', 'kept', 'absent'], signalIn()))
  expect(await namesOf(store)).toEqual(['kept'])
}
