/** The largest file that the thread reads. A larger one is left to `readWholeFile()`. */
export const MAX_BULK_BYTES = 64 * 1024

/** What the reading thread answers. */
export interface BulkAnswer {
  readonly id: number
  /** The content of all files that were read, one after the other. */
  readonly bytes: Uint8Array
  /** Where the content of each file ends in `bytes`. -1 stands for a missing file, and -2 for a file that was not read. */
  readonly ends: Float64Array
  /** Inode, size, time of the last change in ms since the epoch, and mode of each file. */
  readonly facts: Float64Array
}

/**
 * The program of the reading thread. It is a text, so that it works in every bundle; therefore it is written in
 * JavaScript. It skips files that only `readWholeFile()` can judge.
 */
export const bulkReader = `
const { parentPort, workerData: { uid, MAX_BULK_BYTES } } = require('node:worker_threads')
const fs = require('node:fs')
const { O_RDONLY, O_NONBLOCK, O_NOFOLLOW, O_NOCTTY } = fs.constants
const one = Buffer.allocUnsafe(MAX_BULK_BYTES + 1)
let all = Buffer.allocUnsafe(256 * 1024)

const isOurs = (stat) => uid === undefined || ((stat.uid === uid || stat.uid === 0) && (stat.mode & 0o002) === 0)

function readOne(path) {
  let fd
  try {
    fd = fs.openSync(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY)
  } catch (error) {
    return { length: error.code === 'ENOENT' ? -1 : -2 }
  }
  try {
    const stat = fs.fstatSync(fd)
    if (!stat.isFile() || stat.nlink === 0 || stat.size > MAX_BULK_BYTES || !isOurs(stat)) return { length: -2 }
    const length = fs.readSync(fd, one, 0, one.length, 0)
    return { length: length === stat.size ? length : -2, stat }
  } catch {
    return { length: -2 }
  } finally {
    fs.closeSync(fd)
  }
}

parentPort.on('message', ({ id, paths }) => {
  const ends = new Float64Array(paths.length)
  const facts = new Float64Array(4 * paths.length)
  let end = 0
  for (const [at, path] of paths.entries()) {
    const { length, stat } = readOne(path)
    if (stat) facts.set([stat.ino, stat.size, stat.ctimeMs, stat.mode], 4 * at)
    ends[at] = length
    if (length < 0) continue
    if (end + length > all.length) {
      const larger = Buffer.allocUnsafe(2 * all.length + length)
      all.copy(larger, 0, 0, end)
      all = larger
    }
    one.copy(all, end, 0, length)
    end += length
    ends[at] = end
  }
  const bytes = new Uint8Array(all.subarray(0, end))
  parentPort.postMessage({ id, bytes, ends, facts }, [bytes.buffer, ends.buffer, facts.buffer])
})
`
