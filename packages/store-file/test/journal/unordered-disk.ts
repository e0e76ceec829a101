import { existsSync, mkdirSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs'
import promises, { type FileHandle } from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { after, freshDirectory } from '../../../disk/test/support/fixture.ts'

/** What a path holds: undefined when it holds nothing. */
type Content = (() => Buffer) | undefined

interface Entry {
  durable: Content
  /** What the path has held since the directory was last synced, the oldest first. */
  since: Array<{ readonly at: number; readonly content: Content }>
}

const oneOf = <T>(all: readonly T[]): T => all[Math.floor(Math.random() * all.length)] as T

/**
 * Records what this process changes in a directory of a file store, and makes copies of it as a power cut may leave it on a disk
 * that promises no more than POSIX does: each rename, new file and removal may be undone until its directory was synced, each in
 * itself, and an appended text may be lost or torn until its file was synced. Real file systems keep an order, and hide faults.
 */
export async function unorderedDisk() {
  const directory = freshDirectory()
  const journal = join(directory, '.journal')
  const entries = new Map<string, Entry>()
  const synced = new Map<string, number>()
  const paths = new WeakMap<FileHandle, string>()
  let changes = 0

  const isSegment = (path: string): boolean => dirname(path) === journal
  const isRecord = (path: string): boolean => dirname(path) === directory && path.endsWith('.json')
  const note = (path: string, content: Content): void => {
    changes += 1
    const entry = entries.get(path) ?? { durable: undefined, since: [] }
    entry.since.push({ at: changes, content })
    entries.set(path, entry)
  }
  const syncEntries = async (of: string): Promise<void> => {
    const upTo = changes
    await sleep(Math.random())
    for (const [path, entry] of entries) {
      if (dirname(path) !== of) continue
      const last = entry.since.findLast(({ at }) => at <= upTo)
      if (last) entry.durable = last.content
      entry.since = entry.since.filter(({ at }) => at > upTo)
    }
  }
  const appended = (path: string): (() => Buffer) => {
    return () => {
      const bytes = readFileSync(path)
      const least = synced.get(path) ?? 0
      return bytes.subarray(0, oneOf([least, bytes.length, least + Math.floor(Math.random() * (bytes.length - least))]))
    }
  }

  const { rename, unlink, open } = promises
  const probe = await open(import.meta.filename, 'r')
  const handles = Object.getPrototypeOf(probe) as Pick<FileHandle, 'sync' | 'datasync'>
  const { sync, datasync } = handles
  await probe.close()
  promises.rename = async (from, to) => {
    const bytes = readFileSync(String(from))
    renameSync(from, to)
    if (isRecord(String(to))) note(String(to), () => bytes)
  }
  promises.unlink = async (given) => {
    const path = String(given)
    const bytes = isSegment(path) && existsSync(path) ? readFileSync(path) : undefined
    unlinkSync(path)
    const entry = entries.get(path)
    if (entry && bytes) {
      // The segment itself is gone, and may be back after a power cut.
      const left = (content: Content): Content => content && (() => bytes)
      entry.durable = left(entry.durable)
      entry.since = entry.since.map(({ at, content }) => ({ at, content: left(content) }))
    }
    if (bytes || isRecord(path)) note(path, undefined)
  }
  promises.open = async (...given) => {
    const path = String(given[0])
    const isNew = isSegment(path) && !existsSync(path)
    const handle = await open(...given)
    paths.set(handle, path)
    if (isNew) note(path, appended(path))
    return handle
  }
  handles.sync = async function (this: FileHandle) {
    await syncEntries(paths.get(this) ?? '')
  }
  handles.datasync = async function (this: FileHandle) {
    const path = paths.get(this) ?? ''
    const { size } = await this.stat()
    await sleep(Math.random())
    synced.set(path, Math.max(size, synced.get(path) ?? 0))
  }
  syncBuiltinESMExports()

  const restore = (): void => {
    Object.assign(promises, { rename, unlink, open })
    Object.assign(handles, { sync, datasync })
    syncBuiltinESMExports()
  }
  after(restore)

  return {
    directory,
    /** Lets the file system be as it is again. */
    restore,
    /** A copy of the directory as a power cut at this moment may leave it. */
    cut(): string {
      const left = join(freshDirectory(), 'cut')
      mkdirSync(join(left, '.journal'), { recursive: true, mode: 0o700 })
      for (const [path, { durable, since }] of entries) {
        const content = oneOf([durable, ...since.map(({ content: later }) => later)])
        const place = join(isSegment(path) ? join(left, '.journal') : left, basename(path))
        if (content) writeFileSync(place, content(), { mode: 0o600 })
      }
      return left
    },
  }
}
