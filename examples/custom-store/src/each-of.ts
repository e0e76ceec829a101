import { StoreBatchError, StoreError } from '@sessionkeep/core'

/** Does it for each name, and answers what came of it; those for which it failed are in a `StoreBatchError`. */
export async function eachOf<T>(
  names: Iterable<string>,
  task: (name: string) => Promise<T>,
): Promise<Map<string, T & {}>> {
  const values = new Map<string, T & {}>()
  const failed = new Map<string, StoreError>()
  const one = async (name: string) => {
    try {
      const value = await task(name)
      if (value != null) values.set(name, value)
    } catch (error) {
      if (!(error instanceof StoreError)) throw error
      failed.set(name, error)
    }
  }
  await Promise.all(Array.from(new Set(names), one))
  if (failed.size > 0) throw new StoreBatchError(failed, values)
  return values
}
