/** Makes a queue that runs the work of one key one after the other, and the work of different keys at the same time. */
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
    /** Fulfils when all work that was queued before this call has ended. */
    idle: (): Promise<unknown> => Promise.allSettled([...tails.values()]),
  }
}

export type KeyedQueue = ReturnType<typeof createKeyedQueue>

/** Makes a function that runs the functions it is given one after the other, in the order of the calls. */
export function createSerial(): <T>(run: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (run) => {
    const result = last.then(run, run)
    last = result
    return result
  }
}

/**
 * Makes a function that runs `work` for requests, one run at a time. Requests that come during a run are served together by
 * the next run, so each caller gets the result of a run that began after its call.
 */
export function createCoalescer<Request, Result>(
  work: (requests: Request[]) => Promise<Result>,
): (request: Request) => Promise<Result> {
  /** Fulfils when the run has ended, and does not keep the result of the run, which can be large. */
  let running: Promise<void> | undefined
  let next: { requests: Request[]; result: Promise<Result> } | undefined

  return (request) => {
    if (next) {
      next.requests.push(request)
      return next.result
    }
    const requests = [request]
    const result = Promise.allSettled([running]).then(() => {
      next = undefined
      const run = work(requests)
      running = run.then(forget, forget)
      return run
    })
    next = { requests, result }
    return result
  }
}

function forget(): void {
  // Returns nothing, because the result of a promise stays in memory for as long as the promise does.
}
