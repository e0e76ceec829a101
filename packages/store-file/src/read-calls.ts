import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { codeOf, type Logger } from '@sessionkeep/contracts'
import { type Attachment, assertStillThere, decodeName, readManyFiles, withPermit } from '@sessionkeep/disk'
import { doEach, rejectFailed } from '@sessionkeep/store-kit'
import { eachWithPermit } from './each-with-permit.ts'
import { ABSENT } from './journal/line.ts'
import { type Hot, type Stand, supersedes } from './journal/overlay.ts'
import { ENDING, fileOf, readFileOf, readRecord, type StoredFile, storedFile } from './record-file.ts'
import { bytesOfText } from './write-calls.ts'

// From so many names on, a thread that reads them all is worth its start.
const MANY = 64

/** What is known of records besides their files. */
export interface Beside {
  /** What the journal of this writer holds at this moment. */
  readonly own: ReadonlyMap<string, Hot>
  /** What the journals of other writers held before the call. */
  readonly others: ReadonlyMap<string, Hot>
  /** Notes what was found at the path of a record, so that a line that is written later knows what it supersedes. */
  readonly seen: (name: string, stand: Stand) => void
}

/** Reads the records of these names; see `getMany` of the contract. */
export async function readMany(
  attachment: Attachment,
  { own, others, seen }: Beside,
  names: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, unknown>> {
  // A record may be brought to its file, and forgotten by the journal, while its former file is being read.
  const before = new Map(names.flatMap((name) => pair(name, own.get(name) ?? others.get(name))))
  const recordOf = (name: string, { stand, record }: StoredFile): unknown => {
    seen(name, stand)
    const hot = own.get(name) ?? before.get(name)
    if (!hot || !supersedes(hot, stand, bytesOfIn(attachment))) return record()?.record
    return hot.text === null ? undefined : (JSON.parse(hot.text) as unknown)
  }
  const files = await readFiles(attachment, names, signal)
  const read = doEach(files.keys(), (name) => recordOf(name, files.get(name) as StoredFile))
  const rest = names.filter((name) => !files.has(name))
  const { done, failed } = await eachWithPermit(rest, signal, 'read', async (name) =>
    recordOf(name, await readFileOf(fileOf(attachment, name), signal)),
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

/** Reads the files of many names at once. Those that are missing in the answer have to be read one by one. */
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
 * Lists every stored name. When a file with a hashed name cannot be read, its record name is lost: the file is logged
 * and not touched.
 */
export async function readNames(
  attachment: Attachment,
  { own, others }: Beside,
  signal: AbortSignal,
  logger: Logger,
): Promise<string[]> {
  const hot = new Map([...others, ...own])
  const names = await namesOfFiles(attachment, signal, logger)
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
  return [...names]
}

async function namesOfFiles(attachment: Attachment, signal: AbortSignal, logger: Logger): Promise<Set<string>> {
  const { held, foldsCase } = attachment
  const entries = await withPermit(signal, async () => {
    const found = await readdir(held.path)
    await assertStillThere(attachment)
    return found
  })
  const names = new Set<string>()
  const hashed: string[] = []
  for (const entry of entries) {
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
