/** Runs at most `most` tasks at once. The others wait and start in the order of the calls. */
export function createSemaphore(most: number): <T>(task: () => Promise<T>) => Promise<T> {
  let free = most
  const waiting: Array<() => void> = []

  return async (task) => {
    if (free > 0) free -= 1
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await task()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else free += 1
    }
  }
}
