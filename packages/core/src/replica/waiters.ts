import { StoreError } from '../errors/store-error.ts'
import type { Decision } from './decision.ts'

interface Waiter {
  readonly about: object
  readonly revision: number
  resolve(): void
  reject(error: unknown): void
}

/** Callers who wait until what was decided of a subject, at a revision or a later one, is written. */
export function createWaiters() {
  const waiting = new Map<string, Waiter[]>()

  const take = (name: string, wanted: (waiter: Waiter) => boolean): Waiter[] => {
    const all = waiting.get(name) ?? []
    const left = all.filter((waiter) => !wanted(waiter))
    if (left.length > 0) waiting.set(name, left)
    else waiting.delete(name)
    return all.filter(wanted)
  }

  return {
    /** Fulfils at the first acknowledged write that covers the decision; rejects at the first failed attempt. */
    wait(name: string, { about, revision }: Decision): Promise<void> {
      return new Promise((resolve, reject) => {
        waiting.set(name, [...(waiting.get(name) ?? []), { about, revision, resolve, reject }])
      })
    },
    /** `current`: whom the name is decided for now; those who wait for another subject wait in vain. */
    written(name: string, { about, revision }: Decision, current: object | undefined): void {
      for (const waiter of take(name, (other) => other.about === about && other.revision <= revision)) waiter.resolve()
      const ended = new StoreError('STORE_CLOSED', `The session that had the name ${name} ended before it was written.`)
      for (const waiter of take(name, (other) => other.about !== current)) waiter.reject(ended)
    },
    failed(name: string, error: unknown): void {
      for (const waiter of take(name, () => true)) waiter.reject(error)
    },
    allFailed(error: unknown): void {
      for (const name of [...waiting.keys()]) for (const waiter of take(name, () => true)) waiter.reject(error)
    },
  }
}
