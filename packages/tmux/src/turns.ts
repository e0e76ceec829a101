/** Runs the work of one key in the order of the calls, and that of different keys side by side. */
export interface Turns {
  run<T>(key: string, work: () => Promise<T>): Promise<T>
}

export function createTurns(): Turns {
  const last = new Map<string, Promise<unknown>>()
  return {
    run(key, work) {
      const result = Promise.allSettled([last.get(key)]).then(work)
      const end = result.then(forget, forget)
      function forget(): void {
        if (last.get(key) === end) last.delete(key)
      }
      last.set(key, end)
      return result
    },
  }
}
