/** Runs the work of one key one after the other, and of different keys side by side. */
export function createKeyedQueue() {
  const tails = new Map<string, Promise<unknown>>()
  return {
    run<T>(key: string, work: () => Promise<T>): Promise<T> {
      const result = Promise.allSettled([tails.get(key)]).then(work)
      const tail = result.then(forget, forget)
      function forget() {
        if (tails.get(key) === tail) tails.delete(key)
      }
      tails.set(key, tail)
      return result
    },
    /** Fulfils when everything that was under way at the call has ended. */
    idle: (): Promise<unknown> => Promise.allSettled([...tails.values()]),
  }
}

export type KeyedQueue = ReturnType<typeof createKeyedQueue>
