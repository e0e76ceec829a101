import type { StoreCapabilities } from '../contracts/metadata-store.ts'
import { StoreError } from '../errors/store-error.ts'
import type { StoreCalls } from './store-calls.ts'

/**
 * Writes, reads and deletes a record that is nobody's session: whether a store that opened does as it says. One that holds
 * nothing but live sessions is only asked what it has. `name`: the same for one pool each time, so that a store that does
 * not delete is left with one. Throws the `StoreError` of the step that failed.
 */
export async function probe(calls: StoreCalls, { retains, liveOnly }: StoreCapabilities, name: string): Promise<void> {
  if (liveOnly) {
    await calls.list()
    return
  }
  const record = { probe: name }
  const wrong = (failures: ReadonlyMap<string, StoreError>): void => {
    const failure = failures.get(name)
    if (failure) throw failure
  }
  wrong(await calls.set(new Map([[name, record]])))
  const { found, failed } = await calls.read([name])
  wrong(failed)
  wrong(await calls.delete([name]))
  const read = found.get(name) as Partial<typeof record> | undefined
  if (retains && read?.probe !== name) {
    throw new StoreError(
      'STORE_UNAVAILABLE',
      'The store took a record and did not give it back; it cannot be relied on.',
    )
  }
}
