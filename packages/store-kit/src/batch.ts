import { setImmediate } from 'node:timers/promises'
import { isStoreError, StoreBatchError, type StoreError } from '@sessionkeep/contracts'
import { throwIfAborted } from './errors.ts'

const SLICE_MS = 4

/** The outcome of a batch: the results of the names that succeeded, and the errors of the others. */
export interface BatchOutcome<T> {
  readonly done: Map<string, T>
  readonly failed: Map<string, StoreError>
}

/**
 * Runs a task for each name. A `StoreError` fails its own name only; any other error ends the batch.
 *
 * @example
 * const { done, failed } = doEach(records.keys(), (name) => recordText(name, records.get(name)))
 * await writeAll(done)
 * rejectFailed(failed)
 */
export function doEach<T>(names: Iterable<string>, task: (name: string) => T): BatchOutcome<T> {
  const done = new Map<string, T>()
  const failed = new Map<string, StoreError>()
  for (const name of names) {
    try {
      done.set(name, task(name))
    } catch (error) {
      note(failed, name, error)
    }
  }
  return { done, failed }
}

/**
 * Does the same as {@link doEach}, and lets timers and I/O run every 4 ms, so that thousands of names do not block the process.
 *
 * @example
 * const { done, failed } = await doEachInTurns(texts.keys(), (name) => JSON.parse(texts.get(name)))
 */
export async function doEachInTurns<T>(names: Iterable<string>, task: (name: string) => T): Promise<BatchOutcome<T>> {
  const done = new Map<string, T>()
  const failed = new Map<string, StoreError>()
  let since = performance.now()
  for (const name of names) {
    try {
      done.set(name, task(name))
    } catch (error) {
      note(failed, name, error)
    }
    if (performance.now() - since < SLICE_MS) continue
    await setImmediate()
    since = performance.now()
  }
  return { done, failed }
}

/**
 * Runs an asynchronous task for each name, at most `concurrency` at once, and settles when no task is running any
 * more. A `StoreError` fails its own name only; any other error ends the batch.
 *
 * @throws `STORE_TIMEOUT` when a name failed and `signal` is aborted
 *
 * @example
 * const { done, failed } = await doEachAsync(names, { signal, concurrency: 8 }, (name) => read(name))
 * rejectFailed(failed, done)
 */
export async function doEachAsync<T>(
  names: Iterable<string>,
  { signal, concurrency }: { readonly signal: AbortSignal; readonly concurrency: number },
  task: (name: string) => Promise<T>,
): Promise<BatchOutcome<T>> {
  const all = new Set(names)
  // The workers share one iterator, so that each name is processed once.
  const waiting = all.values()
  const done = new Map<string, T>()
  const failed = new Map<string, StoreError>()
  const work = async () => {
    for (const name of waiting) {
      try {
        done.set(name, await task(name))
      } catch (error) {
        note(failed, name, error)
      }
    }
  }
  const results = await Promise.allSettled(Array.from({ length: Math.min(concurrency, all.size) }, work))
  for (const result of results) if (result.status === 'rejected') throw result.reason
  if (failed.size > 0) throwIfAborted(signal)
  return { done, failed }
}

/**
 * Throws a `StoreBatchError` when a name failed. For `getMany()`, `values` are the records that could be read.
 *
 * @throws `StoreBatchError` with one error per failed name
 *
 * @example
 * rejectFailed(failed, done)
 */
export function rejectFailed(failed: ReadonlyMap<string, StoreError>, values?: ReadonlyMap<string, unknown>): void {
  if (failed.size > 0) throw new StoreBatchError(failed, values)
}

function note(failed: Map<string, StoreError>, name: string, error: unknown): void {
  if (!isStoreError(error)) throw error
  failed.set(name, error)
}
