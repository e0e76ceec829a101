import type { Stats } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { type BulkAnswer, bulkReader, MAX_BULK_BYTES } from './bulk-reader.ts'

/**
 * Facts about a file. If the file is changed or replaced, at least one of them changes. The time is in ms since the
 * epoch.
 */
export type FileFacts = Pick<Stats, 'ino' | 'size' | 'ctimeMs' | 'mode'>

/** A file that was read. When there is no file, both fields are undefined. */
export interface BulkFile {
  readonly bytes: Buffer | undefined
  readonly stat: FileFacts | undefined
}

const IDLE_MS = 500

interface Waiting {
  resolve(answer: BulkAnswer): void
  reject(error: unknown): void
}

let worker: Worker | undefined
let idle: NodeJS.Timeout | undefined
let count = 0
const waiting = new Map<number, Waiting>()

/**
 * Reads many small files in one call, with synchronous calls in another thread. That is many times quicker than
 * reading them one by one, and a disk that hangs blocks only that thread. The caller must hold a permit.
 *
 * @returns One entry for each path. An entry is undefined if only `readWholeFile()` can judge the file: it is large, is
 * no regular file, belongs to another user, or everybody may write it. If no thread can be started, all entries are
 * undefined.
 *
 * @example
 * const files = await withPermit(signal, () => readManyFiles(paths))
 */
export async function readManyFiles(paths: readonly string[]): Promise<ReadonlyArray<BulkFile | undefined>> {
  try {
    return filesOf(await ask(paths), paths.length)
  } catch {
    return paths.map(() => undefined)
  }
}

async function ask(paths: readonly string[]): Promise<BulkAnswer> {
  clearTimeout(idle)
  worker ??= start()
  const current = worker
  count += 1
  const id = count
  current.ref()
  try {
    return await new Promise<BulkAnswer>((resolve, reject) => {
      waiting.set(id, { resolve, reject })
      current.postMessage({ id, paths })
    })
  } finally {
    waiting.delete(id)
    if (waiting.size === 0) rest(current)
  }
}

/** Ends the thread after a while if nobody needs it again. */
function rest(current: Worker): void {
  current.unref()
  idle = setTimeout(() => {
    if (worker === current) worker = undefined
    void current.terminate()
  }, IDLE_MS).unref()
}

function start(): Worker {
  const started = new Worker(bulkReader, { eval: true, workerData: { uid: process.geteuid?.(), MAX_BULK_BYTES } })
  started.on('message', (answer: BulkAnswer) => waiting.get(answer.id)?.resolve(answer))
  const failed = (error: unknown) => {
    // If this thread was already replaced, no waiting call depends on it.
    if (worker !== started) return
    worker = undefined
    for (const { reject } of waiting.values()) reject(error)
  }
  started.on('error', failed)
  started.on('exit', () => failed(new Error('The reading thread has ended.')))
  return started
}

function filesOf({ bytes, ends, facts }: BulkAnswer, length: number): Array<BulkFile | undefined> {
  const all = Buffer.from(bytes.buffer)
  let from = 0
  return Array.from({ length }, (_, at) => {
    const end = ends[at] ?? -2
    if (end === -2) return undefined
    if (end === -1) return { bytes: undefined, stat: undefined }
    const [ino = 0, size = 0, ctimeMs = 0, mode = 0] = facts.subarray(4 * at, 4 * at + 4)
    const file = { bytes: all.subarray(from, end), stat: { ino, size, ctimeMs, mode } }
    from = end
    return file
  })
}
