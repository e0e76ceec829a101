/** What a clause has broken, and has to be put right at the latest when it has ended. */
export function createRestores() {
  const restores: Array<() => Promise<void>> = []
  return {
    /** Gives the function that puts it right; again, it does nothing. */
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
