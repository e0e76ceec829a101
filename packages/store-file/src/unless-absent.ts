import { codeOf } from '@sessionkeep/contracts'

/** Waits for a change of a file or directory. If that is absent, this is not an error. */
export async function unlessAbsent(change: Promise<unknown>): Promise<void> {
  try {
    await change
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
  }
}
