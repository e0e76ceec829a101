import { setImmediate as nextTurn } from 'node:timers/promises'

/** How many bytes are copied before the event loop gets a turn. */
const COPY_BYTES = 4 * 1024 * 1024

/** Joins the parts, with a pause after every few megabytes: the system provides the memory of the result only as it is filled, which takes time. */
export async function joined(parts: readonly Buffer[]): Promise<Buffer> {
  const whole = Buffer.allocUnsafe(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  let untilPause = COPY_BYTES
  for (const part of parts) {
    for (let from = 0; from < part.length; ) {
      const copied = part.copy(whole, at, from, from + untilPause)
      from += copied
      at += copied
      untilPause -= copied
      if (untilPause > 0) continue
      untilPause = COPY_BYTES
      await nextTurn()
    }
  }
  return whole
}
