import { isUtf8 } from 'node:buffer'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { type Document, EMPTY } from './document.ts'
import { FORMAT, MARK } from './document-text.ts'
import { storedJson } from './exact-json.ts'
import { addRecord, type Found, nothingFound, recordsIn } from './found.ts'
import { TURN_BYTES } from './in-one-line.ts'
import { type JsonCursor, jsonCursor } from './json-cursor.ts'
import { salvage } from './salvage.ts'

/**
 * The content of a file. `ours`: a document; `twice` says where a member of it has the name of another one.
 * `damaged`: empty, or a document of ours that is torn; `rest` holds its readable records.
 * `foreign`: of another program, or of an unknown release.
 */
export type Reading =
  | { readonly kind: 'ours'; readonly document: Document; readonly twice: string | undefined }
  | { readonly kind: 'damaged'; readonly why: string; readonly rest: Document }
  | { readonly kind: 'foreign'; readonly why: string }

/** Reads the content of a file, with pauses. */
export async function readDocument(content: Buffer): Promise<Reading> {
  const bytes = content.subarray(startsWithMark(content) ? BYTE_ORDER_MARK.length : 0)
  if (await isBlank(bytes)) return { kind: 'damaged', why: 'it is empty', rest: EMPTY }
  const text = bytes.subarray(0, await textLength(bytes))
  const found = nothingFound()
  let why = 'it is not UTF-8'
  try {
    const cursor = jsonCursor(text)
    await readParts(cursor, found)
    if (text.length === bytes.length) return { kind: 'ours', document: found, twice: cursor.twice() }
  } catch (error) {
    if (error instanceof Foreign) return foreign(error.message)
    if (!(error instanceof SyntaxError)) throw error
    if (text.length === bytes.length) why = `it is torn (${error.message})`
  }
  if (!beginsAsOurs(bytes)) return foreign('it is not JSON')
  return { kind: 'damaged', why, rest: await salvage(bytes, found) }
}

/** How much of the format is read. An unknown format is shown, and may be of any size. */
const FORMAT_BYTES = 20

/** How many bytes are checked before the event loop gets a turn. */
const CHECK_BYTES = 4 * 1024 * 1024

const BYTE_ORDER_MARK = Buffer.from('\ufeff')

// `indexOf()` would search the whole document when the mark is missing, so only the beginning is compared.
const startsWithMark = (content: Buffer) => content.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK)

async function isBlank(bytes: Buffer): Promise<boolean> {
  for (let from = 0; from < bytes.length; from += TURN_BYTES) {
    if (!/^[\s\0]*$/.test(bytes.toString('latin1', from, from + TURN_BYTES))) return false
    await nextTurn()
  }
  return true
}

/**
 * How many bytes from the start are UTF-8; up to four fewer if a wrong byte follows. They are checked a few megabytes at a time:
 * a machine whose memory is slow takes long for the first look at a large buffer.
 */
async function textLength(bytes: Buffer): Promise<number> {
  let from = 0
  for (let size = CHECK_BYTES; from < bytes.length && size > 4; ) {
    let to = Math.min(from + size, bytes.length)
    // A character is not cut: it has at most three bytes behind its first.
    for (let back = 0; back < 3 && isInsideCharacter(bytes[to]); back += 1) to -= 1
    if (isUtf8(bytes.subarray(from, to))) from = to
    else size /= 2
    await nextTurn()
  }
  return from
}

const isInsideCharacter = (byte: number | undefined) => byte !== undefined && (byte & 0xc0) === 0x80

/** Whether the bytes begin as a document of this store does, as far as they go. */
function beginsAsOurs(bytes: Buffer): boolean {
  const opening = `{"${MARK}":`
  const start = bytes.toString('latin1', 0, 1000).replace(/\s+/g, '')
  return start.length < opening.length ? opening.startsWith(start) : start.startsWith(opening)
}

/** Thrown for a document of another program, or of a release that this one does not know. */
class Foreign extends Error {}

/** Adds the parts of a document to `found`, so that those before a tear are known. */
async function readParts(cursor: JsonCursor, found: Found): Promise<void> {
  await cursor.skipLongSpace()
  if (!cursor.begins('{')) throw new Foreign('it is the JSON of another program')
  let format: string | undefined
  const part = async () => await storedJson(await cursor.value())
  const records = async (namespace: string | undefined) => {
    const there = recordsIn(found, namespace)
    await cursor.object(async (name) => await addRecord(there, name, await part()))
  }
  const pools = () =>
    cursor.object(async (name) => {
      if (!cursor.begins('{')) throw new Foreign('"pools" in it is not an object of objects')
      await records(name)
    })
  await cursor.object(async (name) => {
    if (name === MARK) {
      format = (await cursor.value()).toString('utf8', 0, FORMAT_BYTES)
      if (format !== String(FORMAT)) throw new Foreign(`its format is ${format}, and this release knows ${FORMAT}`)
    } else if (name === 'records') {
      if (!cursor.begins('{')) throw new Foreign('"records" in it is not an object')
      await records(undefined)
    } else if (name === 'pools') {
      if (!cursor.begins('{')) throw new Foreign('"pools" in it is not an object of objects')
      await pools()
    } else if (name === 'setAside') {
      if (!cursor.begins('[')) throw new Foreign('"setAside" in it is not an array')
      await cursor.list(async () => void found.setAside.push(await part()))
    } else found.unknown.set(name, await part())
  })
  cursor.end()
  if (format === undefined) throw new Foreign('it is the JSON of another program')
}

const foreign = (why: string): Reading => ({ kind: 'foreign', why })
