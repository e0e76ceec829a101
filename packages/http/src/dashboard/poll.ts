/** Calls of `read`, one after the other. */
interface Polling {
  /** Makes the next call soon. */
  readonly soon: () => void
  /** Makes no further call. */
  readonly stop: () => void
}

/** Calls `read` at once, and again `everyMs` after it has ended, or `soonMs` after `soon()`. Never runs it twice at a time. */
export function poll(read: () => Promise<void>, { everyMs, soonMs }: { everyMs: number; soonMs: number }): Polling {
  let timer: ReturnType<typeof setTimeout> | undefined
  let isReading = false
  let isWanted = false
  let isStopped = false
  const wait = (ms: number): void => {
    clearTimeout(timer)
    timer = setTimeout(run, ms)
  }
  const run = async (): Promise<void> => {
    isReading = true
    isWanted = false
    await read()
    isReading = false
    if (!isStopped) wait(isWanted ? soonMs : everyMs)
  }
  void run()
  return {
    soon() {
      isWanted = true
      if (!isReading && !isStopped) wait(soonMs)
    },
    stop() {
      isStopped = true
      clearTimeout(timer)
    },
  }
}
