import { deferred } from '@sessionkeep/contracts/internal'

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
