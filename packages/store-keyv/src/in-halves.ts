import { isContentFault, isLockedRecord, isRefusedByPolicy, isTooMuch } from './errors.ts'

/**
 * Runs a task on all items. When the server refuses it for its content or its size, or one record is locked, each half is tried
 * alone, down to single items, so that one record does not hold up the others. Rejects once the signal is aborted, and tries nothing more.
 *
 * @param isOfItem - whether an error may be about one item alone
 * @returns the error of each item that is refused alone
 */
export async function inHalves<T>(
  items: readonly T[],
  signal: AbortSignal,
  task: (items: readonly T[]) => Promise<void>,
  isOfItem = (error: unknown) => isContentFault(error) || isLockedRecord(error) || isRefusedByPolicy(error),
): Promise<Map<T, unknown>> {
  const [first] = items
  if (first === undefined) return new Map()
  signal.throwIfAborted()
  try {
    await task(items)
    return new Map()
  } catch (error) {
    const isAlone = items.length === 1
    if (isAlone && isOfItem(error)) return new Map([[first, error]])
    if (isAlone || !(isOfItem(error) || isTooMuch(error))) throw error
    const middle = Math.ceil(items.length / 2)
    const refused = await inHalves(items.slice(0, middle), signal, task, isOfItem)
    return new Map([...refused, ...(await inHalves(items.slice(middle), signal, task, isOfItem))])
  }
}
