import { StoreBatchError, type StoreError } from '@sessionkeep/core'
import { assertWanted, callError, inSlot } from '@sessionkeep/disk'

/** What each name gave, and why the others failed. */
export interface BatchOutcome<T> {
  readonly done: Map<string, T>
  readonly failed: Map<string, StoreError>
}

/**
 * Runs a task for each name, each in a slot of its own, and settles when all have. Rejects only when the call was
 * given up: then nothing is under way any more either.
 */
export async function forEachName<T>(
  names: readonly string[],
  signal: AbortSignal,
  doing: string,
  task: (name: string) => Promise<T>,
): Promise<BatchOutcome<T>> {
  const done = new Map<string, T>()
  const failed = new Map<string, StoreError>()
  const attempt = async (name: string) => {
    try {
      done.set(name, await inSlot(signal, () => task(name)))
    } catch (error) {
      failed.set(name, callError(error, { doing: `${doing} ${JSON.stringify(name)}`, context: { name } }))
    }
  }
  // No more workers than slots: a large batch then queues in its own loop, not in front of other stores.
  const left = names[Symbol.iterator]()
  const work = async () => {
    for (const name of left) await attempt(name)
  }
  await Promise.all([work(), work()])
  if (failed.size > 0) assertWanted(signal)
  return { done, failed }
}

export function rejectFailed(failed: ReadonlyMap<string, StoreError>, values?: ReadonlyMap<string, unknown>): void {
  if (failed.size > 0) throw new StoreBatchError(failed, values)
}
