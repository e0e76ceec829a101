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

/** A timer that fires this much later than it was due, ms, fires late because this process was held up. */
const LATE_MS = 100
/** After that, an answer that has come meanwhile takes some turns of the event loop until it is read, and at most this long, ms. */
const GRACE_MS = 1000

/** Starts a deadline that is `timeoutMs` from now. */
export function startDeadline(timeoutMs: number): Deadline {
  const end = performance.now() + timeoutMs
  const remaining = () => Math.max(0, end - performance.now())
  return {
    remaining,
    limit(work) {
      return new Promise((resolve, reject) => {
        const due = performance.now() + remaining()
        const giveUp = () => reject(timedOut())
        let timer = setTimeout(() => {
          const heldUp = performance.now() - due
          if (heldUp > LATE_MS) timer = setTimeout(giveUp, Math.min(heldUp, GRACE_MS))
          else giveUp()
        }, remaining())
        work.then(resolve, reject).then(() => clearTimeout(timer))
      })
    },
  }
}
