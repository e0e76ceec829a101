/** Settles as `task` does, or rejects after `milliseconds` with a message that contains `what`. */
export async function withTimeout<T>(milliseconds: number, what: string, task: PromiseLike<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not settle within ${milliseconds} ms`)), milliseconds)
  })
  try {
    return await Promise.race([task, late])
  } finally {
    clearTimeout(timer)
  }
}

export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}

/** Polls until `holds` returns true; rejects with `message` after `milliseconds`. */
export async function eventually(
  holds: () => boolean | Promise<boolean>,
  message: string,
  milliseconds = 5000,
): Promise<void> {
  const start = performance.now()
  while (!(await holds())) {
    if (performance.now() - start > milliseconds) throw new Error(`${message}, not even after ${milliseconds} ms`)
    await sleep(20)
  }
}
