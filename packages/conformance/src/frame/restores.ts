/** Collects the functions that undo the failures which a clause has caused. `all()` calls those that were not called yet. */
export function createRestores() {
  const restores: Array<() => Promise<void>> = []
  return {
    /** Returns a function that undoes the failure once; later calls do nothing. */
    add(restore: () => unknown): () => Promise<void> {
      let isDone = false
      const once = async () => {
        if (isDone) return
        isDone = true
        await restore()
      }
      restores.push(once)
      return once
    },
    async all(): Promise<void> {
      for (const restore of restores) await restore()
    },
  }
}
