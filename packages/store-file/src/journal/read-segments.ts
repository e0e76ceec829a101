import { lstat } from 'node:fs/promises'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { type Logger, StoreError } from '@sessionkeep/contracts'
import { NEVER_ABORTED, readWholeFile, withPermit } from '@sessionkeep/disk'
import { throwIfAborted } from '@sessionkeep/store-kit'
import { signatureOf } from '../record-file.ts'
import { decodeLines, type Line } from './line.ts'
import { listSegments } from './segments.ts'

/** The largest segment that is read, bytes: far above the size at which a writer closes one, and what its last append may add. */
const MAX_BYTES = 256 * 1024 * 1024
// How many bytes are decoded before other work may run. Decoding them takes a few milliseconds.
const SLICE = 512 * 1024

interface ReadSegment {
  readonly signature: string
  readonly lines: readonly Line[]
  readonly damaged: number
}

interface FoundLines {
  readonly lines: Line[]
  readonly paths: string[]
  readonly damaged: string[]
}

/** Makes a reader that reads a segment again only after the segment has changed. */
export function createSegmentReader(directory: string, logger: Logger) {
  let known = new Map<string, ReadSegment>()

  const read = async (path: string): Promise<ReadSegment | undefined> => {
    const before = known.get(path)
    // Every call that reads records asks for the segments of other writers, which may have many megabytes.
    if (before && before.signature === (await lstat(path).then(signatureOf, () => undefined))) return before
    const content = await readWholeFile({ path, maxBytes: MAX_BYTES, signal: NEVER_ABORTED })
    // A writer removes a segment when its lines are in the files.
    if (content === undefined) return undefined
    if ('fault' in content) throw unusable(path, content.fault)
    const { lines, damaged } = await decodeInSlices(content.bytes)
    if (damaged > 0) logger.warn({ file: path, damaged }, 'Lines of a journal cannot be read; the others are used')
    return { signature: signatureOf(content.stat), lines, damaged }
  }

  const readAll = async (signal: AbortSignal, wanted: (path: string) => boolean) => {
    for (let before = ''; ; ) {
      throwIfAborted(signal)
      const paths = (await listSegments(directory)).filter(wanted)
      const next = new Map<string, ReadSegment>()
      for (const path of paths) {
        const segment = await read(path)
        if (segment) next.set(path, segment)
      }
      // If a segment was removed since the segments were listed, the newest line of a record in it may be in a segment that was
      // not there yet, and its file may be older. A network file system may go on listing a segment that was removed.
      const listed = paths.join('\n')
      if (next.size === paths.length || listed === before) return next
      before = listed
    }
  }

  return {
    /** Reads the segments whose path is wanted: their lines in order, their paths, and the paths with damaged lines. */
    async lines(signal: AbortSignal, wanted: (path: string) => boolean): Promise<FoundLines> {
      return await withPermit(signal, async () => {
        const next = await readAll(signal, wanted)
        known = next
        return {
          lines: [...next.values()].flatMap(({ lines }) => lines),
          paths: [...next.keys()],
          damaged: [...next].flatMap(([path, { damaged }]) => (damaged > 0 ? [path] : [])),
        }
      })
    },
  }
}

/** The reader of segments. */
export type SegmentReader = ReturnType<typeof createSegmentReader>

async function decodeInSlices(bytes: Buffer): Promise<{ lines: Line[]; damaged: number }> {
  const lines: Line[] = []
  let damaged = 0
  let sinceWhole = 0
  let from = 0
  while (from < bytes.length) {
    const end = bytes.indexOf(10, from + SLICE)
    const to = end === -1 ? bytes.length : end + 1
    const decoded = decodeLines(bytes.toString('utf8', from, to), sinceWhole)
    for (const line of decoded.lines) lines.push(line)
    damaged += decoded.damaged
    sinceWhole = decoded.sinceWhole
    from = to
    if (from < bytes.length) await nextTurn()
  }
  return { lines, damaged }
}

function unusable(path: string, why: string): StoreError {
  return new StoreError('STORE_MISCONFIGURED', `${path} is a part of the journal and is not used: ${why}.`, {
    context: { path },
  })
}
