/**
 * Runs one `work` at a time. Requests that come while one runs are served together by the next: each caller gets the
 * result of a run that began after its call.
 */
export function createTurns<Request, Result>(
  work: (requests: Request[]) => Promise<Result>,
): (request: Request) => Promise<Result> {
  let running: Promise<unknown> | undefined
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
      running = run
      return run
    })
    next = { requests, result }
    return result
  }
}
