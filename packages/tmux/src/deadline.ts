import { setTimeout as sleep } from 'node:timers/promises'

/** The time limit of one call, shared by all its steps. */
export interface Deadline {
  /** Milliseconds left, never below 0. */
  remaining(): number
  /** Settles with `work`, or rejects with an error of code `ETIMEDOUT` once the time is up. */
  limit<T>(work: PromiseLike<T>): Promise<T>
  /** Waits for a while, but not beyond the time limit. It does not reject: the next step of the call says that the time is up. */
  pause(ms: number): Promise<void>
}

/** The error of a call that was not answered in time; its code is `ETIMEDOUT`. */
export function timedOut(): Error {
  return Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' })
}

/** If a timer fires this much later than it was due, ms, this process was held up. */
const LATE_MS = 100
/** The most time that such a process gets to read an answer that has come meanwhile, ms. */
const GRACE_MS = 1000

/** Starts a deadline that is `timeoutMs` from now. */
export function startDeadline(timeoutMs: number): Deadline {
  const end = performance.now() + timeoutMs
  const remaining = () => Math.max(0, end - performance.now())
  return {
    remaining,
    pause: (ms) => sleep(Math.min(ms, remaining())),
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
