/** One round of the loop; `ended` fulfils when its attempt has ended. */
export interface Round {
  readonly ended: Promise<void>
  end(): void
}

/** Makes the next round. */
export function newRound(): Round {
  const { promise, resolve } = deferred()
  return { ended: promise, end: resolve }
}

/** A promise, and the function that fulfils it. */
export function deferred(): { promise: Promise<void>; resolve: () => void } {
  let settle: () => void = () => undefined
  const promise = new Promise<void>((resolve) => {
    settle = resolve
  })
  return { promise, resolve: settle }
}
