/**
 * Runs the tasks of one key in the order of the calls, one at a time; tasks of different keys run at once. A task
 * that fails does not keep the next from running.
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
