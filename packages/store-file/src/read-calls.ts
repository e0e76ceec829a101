import { opendir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { codeOf, type Logger } from '@sessionkeep/contracts'
import { type Attachment, assertStillThere, decodeName, readManyFiles, withPermit } from '@sessionkeep/disk'
import { doEachInTurns, rejectFailed } from '@sessionkeep/store-kit'
import { eachWithPermit } from './each-with-permit.ts'
import { ABSENT } from './journal/line.ts'
import { type Hot, type Stand, supersedes } from './journal/overlay.ts'
import { ENDING, fileOf, readFileOf, readRecord, type StoredFile, storedFile } from './record-file.ts'
import { bytesOfText } from './write-calls.ts'

// From this many names on, starting a thread that reads them all takes less time than reading them one by one.
const MANY = 64
// How many entries of a directory are read first. Some callers need no more: a pool that starts stops at 501 names.
const FIRST = 640
// How many names are processed before timers and I/O may run.
const PORTION = 2560

/** What the journals say of records. It is used together with the files. */
export interface Beside {
  /** What the journal of this writer holds at this moment. */
  readonly own: ReadonlyMap<string, Hot>
  /** What the journals of other writers held before the call. */
  readonly others: ReadonlyMap<string, Hot>
  /** Notes what was found at the path of a record, so that a line that is written later knows what it supersedes. */
  readonly seen: ((name: string, stand: Stand) => void) | undefined
}

/** Reads the records of these names; see `getMany` of the contract. */
export async function readMany(
  attachment: Attachment,
  { own, others, seen }: Beside,
  names: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, unknown>> {
  // This is copied now: while a file is being read, the journal may bring the record to that file and forget it.
  const before = new Map(names.flatMap((name) => pair(name, own.get(name) ?? others.get(name))))
  /** Decides at once whether the file or the journal counts, and returns a function that parses it. */
  const parserOf = (name: string, { stand, record }: StoredFile): (() => unknown) => {
    seen?.(name, stand)
    const hot = own.get(name) ?? before.get(name)
    if (!hot || !supersedes(hot, stand, bytesOfIn(attachment))) return () => record()?.record
    const { text } = hot
    return () => (text === null ? undefined : (JSON.parse(text) as unknown))
  }
  const files = await readFiles(attachment, names, signal)
  const parsers = new Map([...files].map(([name, file]) => [name, parserOf(name, file)]))
  const read = await doEachInTurns(parsers.keys(), (name) => parsers.get(name)?.())
  const rest = names.filter((name) => !files.has(name))
  const { done, failed } = await eachWithPermit(rest, signal, 'read', async (name) =>
    parserOf(name, await readFileOf(fileOf(attachment, name), signal))(),
  )
  for (const [name, error] of read.failed) failed.set(name, error)
  const values = new Map<string, unknown>()
  for (const name of names) {
    const stored = read.done.get(name) ?? done.get(name)
    if (stored !== undefined) values.set(name, stored)
  }
  // A missing file proves that there is no record only while its directory exists.
  if (values.size < names.length) await withPermit(signal, () => assertStillThere(attachment))
  rejectFailed(failed, values)
  return values
}

/** Reads the files of many names at once. Names that are not in the answer have to be read one by one. */
async function readFiles(
  attachment: Attachment,
  names: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, StoredFile>> {
  const found = new Map<string, StoredFile>()
  if (names.length < MANY) return found
  const files = names.map((name) => fileOf(attachment, name))
  const contents = await withPermit(signal, () => readManyFiles(files.map(({ path }) => path)))
  for (const [at, file] of files.entries()) {
    const content = contents[at]
    if (content) found.set(file.name, storedFile(file, content))
  }
  return found
}

/**
 * Lists every stored name. The first names come before the whole directory was read, so that a caller who stops early does
 * not pay for the rest. A file with a hashed name that cannot be read is logged, not touched and not listed.
 */
export async function* readNames(
  attachment: Attachment,
  beside: Beside,
  signal: AbortSignal,
  logger: Logger,
): AsyncGenerator<string, undefined> {
  const { held, foldsCase } = attachment
  const listed = new Set<string>()
  const { entries, isAll } = await withPermit(signal, () => readPortion(held.path))
  for (const entry of isAll ? [] : entries) {
    const decoded = entry.endsWith(ENDING) && decodeName(entry.slice(0, -ENDING.length), foldsCase)
    if (!decoded || decoded === 'hashed' || beside.own.has(decoded.name) || beside.others.has(decoded.name)) continue
    listed.add(decoded.name)
    yield decoded.name
  }
  // The directory is read in one call, because a file that is replaced between two portions could be missed.
  const all = isAll ? entries : await withPermit(signal, () => readdir(held.path))
  for (const name of await namesAmong(all, attachment, beside, { signal, logger })) if (!listed.has(name)) yield name
}

/** Returns the first entries of a directory, and whether those are all. */
async function readPortion(path: string): Promise<{ readonly entries: string[]; readonly isAll: boolean }> {
  const directory = await opendir(path, { bufferSize: FIRST })
  const entries: string[] = []
  try {
    for (;;) {
      const entry = await directory.read()
      if (!entry) return { entries, isAll: true }
      entries.push(entry.name)
      if (entries.length === FIRST) return { entries, isAll: false }
    }
  } finally {
    await directory.close()
  }
}

/** The names of all records: those of the entries of the directory, as the journals change them. */
async function namesAmong(
  entries: readonly string[],
  attachment: Attachment,
  { own, others }: Beside,
  { signal, logger }: { readonly signal: AbortSignal; readonly logger: Logger },
): Promise<Set<string>> {
  const hot = new Map([...others, ...own])
  const names = await namesOfFiles(entries, attachment, signal, logger)
  for (const [name, known] of hot) {
    if (names.has(name) === (known.text !== null)) continue
    if (known.text !== null && known.was.includes(ABSENT)) {
      names.add(name)
      continue
    }
    // Only the path can tell whether a person has removed or added the file since.
    const isNewer = await withPermit(signal, async () => {
      const { stand } = await readFileOf(fileOf(attachment, name), signal)
      return supersedes(known, stand, bytesOfIn(attachment))
    })
    if (!isNewer) continue
    if (known.text === null) names.delete(name)
    else names.add(name)
  }
  return names
}

async function namesOfFiles(
  entries: readonly string[],
  attachment: Attachment,
  signal: AbortSignal,
  logger: Logger,
): Promise<Set<string>> {
  const { foldsCase } = attachment
  await withPermit(signal, () => assertStillThere(attachment))
  const names = new Set<string>()
  const hashed: string[] = []
  for (const [at, entry] of entries.entries()) {
    if (at % PORTION === PORTION - 1) await setImmediate()
    if (!entry.endsWith(ENDING)) continue
    const decoded = decodeName(entry.slice(0, -ENDING.length), foldsCase)
    if (decoded === 'hashed') hashed.push(entry)
    else if (decoded) names.add(decoded.name)
    else logger.debug({ file: entry }, 'This file is ignored: no record has this file name')
  }
  for (const entry of hashed) {
    const name = await readName(attachment, entry, signal, logger)
    if (name !== undefined) names.add(name)
  }
  return names
}

async function readName(attachment: Attachment, entry: string, signal: AbortSignal, logger: Logger) {
  const path = join(attachment.held.path, entry)
  try {
    const stored = await withPermit(signal, () => readRecord({ path, name: undefined, hashed: true }, signal))
    return stored && fileOf(attachment, stored.name).path === path ? stored.name : undefined
  } catch (error) {
    if (codeOf(error) !== 'STORE_RECORD_UNREADABLE') throw error
    logger.warn(
      { file: path, code: 'STORE_RECORD_UNREADABLE', err: error },
      'A record file cannot be read, and its name is inside it',
    )
    return undefined
  }
}

function bytesOfIn(attachment: Attachment): (name: string, text: string) => Buffer {
  return (name, text) => bytesOfText(attachment, name, text)
}

function pair(name: string, hot: Hot | undefined): ReadonlyArray<readonly [string, Hot]> {
  return hot ? [[name, hot]] : []
}
