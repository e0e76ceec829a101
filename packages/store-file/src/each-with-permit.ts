import { toStoreError, withPermit } from '@sessionkeep/disk'
import { type BatchOutcome, doEachAsync } from '@sessionkeep/store-kit'

/**
 * Runs a file operation for each name, each with a permit. At most two of them wait for a permit at once, so that a
 * large batch does not delay the file operations of other stores.
 */
export function eachWithPermit<T>(
  names: readonly string[],
  signal: AbortSignal,
  action: string,
  task: (name: string) => Promise<T>,
): Promise<BatchOutcome<T>> {
  return doEachAsync(names, { signal, concurrency: 2 }, async (name) => {
    try {
      return await withPermit(signal, () => task(name))
    } catch (error) {
      throw toStoreError(error, { action: `${action} ${JSON.stringify(name)}`, context: { name } })
    }
  })
}
