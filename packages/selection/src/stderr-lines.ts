import { constants, fstatSync, openSync, writeSync } from 'node:fs'
import { codeOf } from '@sessionkeep/contracts'
import { systemClock } from '@sessionkeep/contracts/internal'

const { O_NONBLOCK, O_WRONLY } = constants
const STDERR = 2

/** Where the default logger writes its lines. */
export interface LineWriter {
  write(line: string): void
}

/**
 * Returns a writer of whole lines to standard error that never waits for its reader. When a pipe or terminal takes no more,
 * because its reader has stopped, lines are dropped, and the next line that gets through says how many.
 *
 * Standard error is opened a second time for this, since the flag `O_NONBLOCK` of the first opening is shared with other
 * processes. A socket cannot be opened a second time, nor can anything on a system without `/proc`; there a line waits as long
 * as its reader does. A file never makes anybody wait, and opening it again would start at its beginning.
 */
export function stderrLines(): LineWriter {
  return linesTo(openAgain() ?? STDERR)
}

/** Returns a writer like that of {@link stderrLines} for any descriptor. */
export function linesTo(fd: number): LineWriter {
  let rest: Buffer = Buffer.alloc(0)
  let dropped = 0

  /** Writes as much of a text as the reader takes at once; returns what is left of it. */
  const put = (text: Buffer): Buffer => {
    let at = 0
    try {
      while (at < text.length) at += writeSync(fd, text, at)
    } catch (error) {
      // Standard error may be closed or full for good. There is nowhere to report that.
      if (codeOf(error) !== 'EAGAIN') return Buffer.alloc(0)
    }
    return text.subarray(at)
  }

  return {
    write(line) {
      rest = put(rest)
      if (rest.length > 0) {
        dropped += 1
        return
      }
      const note = dropped === 0 ? '' : droppedLine(dropped)
      const text = Buffer.from(note + line)
      const left = put(text)
      // Only the rest of a line that was begun is kept, so that the next line begins on a line of its own.
      const isBegun = left.length < text.length
      rest = isBegun ? Buffer.from(left) : rest
      dropped = isBegun ? 0 : dropped + 1
    },
  }
}

function droppedLine(count: number): string {
  const fields = { level: 40, time: systemClock.date(), name: 'sessionkeep', dropped: count }
  return `${JSON.stringify({ ...fields, msg: 'Log lines were dropped, because the reader of standard error had stopped' })}\n`
}

function openAgain(): number | undefined {
  try {
    const kind = fstatSync(STDERR)
    if (!kind.isFIFO() && !kind.isCharacterDevice()) return undefined
    return openSync(`/proc/self/fd/${STDERR}`, O_WRONLY | O_NONBLOCK)
  } catch {
    return undefined
  }
}
