interface Waiter {
  readonly revision: number
  resolve(): void
  reject(error: unknown): void
}

/** Callers who wait for a name to be written at a revision or a later one. */
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
    /** Fulfils at the first acknowledged write that covers `revision`; rejects at the first failed attempt. */
    wait(name: string, revision: number): Promise<void> {
      return new Promise((resolve, reject) => {
        waiting.set(name, [...(waiting.get(name) ?? []), { revision, resolve, reject }])
      })
    },
    written(name: string, revision: number): void {
      for (const waiter of take(name, (waiter) => waiter.revision <= revision)) waiter.resolve()
    },
    failed(name: string, error: unknown): void {
      for (const waiter of take(name, () => true)) waiter.reject(error)
    },
    allFailed(error: unknown): void {
      for (const name of [...waiting.keys()]) for (const waiter of take(name, () => true)) waiter.reject(error)
    },
  }
}
