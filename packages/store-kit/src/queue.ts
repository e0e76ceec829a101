/**
 * Runs the tasks of one key one after the other, in the order of the calls, and the tasks of different keys side by
 * side. A task that fails does not keep the next one from running.
 *
 * @example
 * const inTurn = createQueue()
 * await Promise.all([inTurn(open), inTurn(close)]) // close() runs when open() has ended
 */
export function createQueue(): <T>(task: () => Promise<T>, key?: string) => Promise<T> {
  const tails = new Map<string, Promise<void>>()
  return (task, key = '') => {
    const result = (tails.get(key) ?? Promise.resolve()).then(task)
    const forget = () => {
      if (tails.get(key) === tail) tails.delete(key)
    }
    const tail = result.then(forget, forget)
    tails.set(key, tail)
    return result
  }
}
