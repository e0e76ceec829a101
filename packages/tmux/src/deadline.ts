/** The time limit of one call, shared by all its steps. */
export interface Deadline {
  /** Milliseconds left, never below 0. */
  remaining(): number
  /** Settles with `work`, or rejects with an error of code `ETIMEDOUT` once the time is up. */
  limit<T>(work: PromiseLike<T>): Promise<T>
}

/** The error of a call that was not answered in time; its code is `ETIMEDOUT`. */
export function timedOut(): Error {
  return Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' })
}

/** Starts a deadline that is `timeoutMs` from now. */
export function startDeadline(timeoutMs: number): Deadline {
  const end = performance.now() + timeoutMs
  const remaining = () => Math.max(0, end - performance.now())
  return {
    remaining,
    limit(work) {
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(timedOut()), remaining())
        work.then(resolve, reject).then(() => clearTimeout(timer))
      })
    },
  }
}
