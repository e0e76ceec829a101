import { type StoreCapabilities, StoreError } from '@sessionkeep/contracts'
import type { StoreCalls } from '@sessionkeep/contracts/internal'

/**
 * Tests an open store: writes, reads and deletes a record that belongs to no session. A store that keeps records in live
 * sessions (`liveOnly`) cannot be written that way, and is only listed.
 *
 * @param name - The name of the record. A pool uses one name in a run, so that a store that cannot delete keeps only one such
 * record.
 * @throws {@link StoreError} The error of the step that failed; `STORE_UNAVAILABLE` if the record was not returned as written.
 */
export async function probe(calls: StoreCalls, { retains, liveOnly }: StoreCapabilities, name: string): Promise<void> {
  if (liveOnly) {
    await calls.list()
    return
  }
  const record = { probe: name }
  const throwFailure = (failures: ReadonlyMap<string, StoreError>): void => {
    const failure = failures.get(name)
    if (failure) throw failure
  }
  throwFailure(await calls.set(new Map([[name, record]])))
  const { found, failed } = await calls.read([name])
  throwFailure(failed)
  throwFailure(await calls.delete([name]))
  const read = found.get(name) as Partial<typeof record> | undefined
  if (retains && read?.probe !== name) {
    throw new StoreError(
      'STORE_UNAVAILABLE',
      'The store took a record and did not give it back; it cannot be relied on.',
    )
  }
}
