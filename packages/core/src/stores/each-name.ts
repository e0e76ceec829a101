import { StoreBatchError, type StoreError } from '../errors/store-error.ts'

/**
 * Does a task, which fails with a `StoreError`, for each name, so many at once, and answers what came of it; names of
 * which that is undefined are left out. Settles once all tasks have. Where some failed it rejects: with the signal's
 * reason once that is aborted, with the failure itself where none was done and all may pass, else with a
 * `StoreBatchError` of those names.
 */
export async function eachName(
  names: Iterable<string>,
  { signal, concurrency }: { readonly signal: AbortSignal; readonly concurrency: number },
  task: (name: string) => Promise<unknown>,
): Promise<Map<string, unknown>> {
  const all = new Set(names)
  const waiting = all.values()
  const values = new Map<string, unknown>()
  const failed = new Map<string, StoreError>()
  let done = 0
  const work = async () => {
    for (const name of waiting) {
      try {
        const value = await task(name)
        if (value !== undefined) values.set(name, value)
        done += 1
      } catch (error) {
        failed.set(name, error as StoreError)
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(concurrency, all.size) }, work))
  if (done === all.size) return values
  signal.throwIfAborted()
  const [first] = failed.values()
  // An outage is the place's, not the names'.
  if (done === 0 && [...failed.values()].every(({ retryable }) => retryable)) throw first
  throw new StoreBatchError(failed, values)
}
