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
// How many lines are merged before other work may run.
const PORTION = 5000

/** The last line of each name. */
type LastLines = Map<string, Line>

interface ReadSegment {
  readonly signature: string
  readonly lines: ReadonlyMap<string, Line>
  readonly damaged: number
}

interface FoundLines {
  /** The last line of each name. */
  readonly lines: readonly Line[]
  readonly paths: string[]
  readonly damaged: string[]
}

/** Makes a reader that reads a segment again only after the segment has changed. */
export function createSegmentReader(directory: string, logger: Logger) {
  let known = new Map<string, ReadSegment>()
  let merged: readonly Line[] = []

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
    /** Reads the segments whose path is wanted: the last line of each name, their paths, and the paths with damaged lines. */
    async lines(signal: AbortSignal, wanted: (path: string) => boolean): Promise<FoundLines> {
      return await withPermit(signal, async () => {
        const next = await readAll(signal, wanted)
        const isSame = next.size === known.size && [...next].every(([path, segment]) => known.get(path) === segment)
        if (!isSame) merged = await mergeInPortions([...next.values()])
        known = next
        return {
          lines: merged,
          paths: [...next.keys()],
          damaged: [...next].flatMap(([path, { damaged }]) => (damaged > 0 ? [path] : [])),
        }
      })
    },
  }
}

/** The reader of segments. */
export type SegmentReader = ReturnType<typeof createSegmentReader>

/** Returns the last line of each name in these segments. A journal of 80 MB may have a million lines. */
async function mergeInPortions(segments: readonly ReadSegment[]): Promise<readonly Line[]> {
  const last: LastLines = new Map()
  let since = 0
  for (const { lines } of segments) {
    for (const [name, line] of lines) {
      last.set(name, line)
      since += 1
      if (since % PORTION === 0) await nextTurn()
    }
  }
  return [...last.values()]
}

async function decodeInSlices(bytes: Buffer): Promise<{ lines: LastLines; damaged: number }> {
  const lines: LastLines = new Map()
  let damaged = 0
  let sinceWhole = 0
  let from = 0
  while (from < bytes.length) {
    const end = bytes.indexOf(10, from + SLICE)
    const to = end === -1 ? bytes.length : end + 1
    const decoded = decodeLines(bytes.toString('utf8', from, to), sinceWhole)
    for (const line of decoded.lines) lines.set(line.name, line)
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
