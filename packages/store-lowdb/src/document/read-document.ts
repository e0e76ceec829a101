import { isUtf8 } from 'node:buffer'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { type Document, EMPTY, type Records } from './document.ts'
import { FORMAT, MARK } from './document-text.ts'
import { type Json, storedJson } from './exact-json.ts'
import { TURN_BYTES } from './in-one-line.ts'
import { type JsonCursor, jsonCursor } from './json-cursor.ts'
import { salvage } from './salvage.ts'

/**
 * The content of a file. `damaged`: empty, or a document of ours that is torn; `rest` holds its readable records.
 * `foreign`: of another program, or of an unknown release.
 */
export type Reading =
  | { readonly kind: 'ours'; readonly document: Document }
  | { readonly kind: 'damaged'; readonly why: string; readonly rest: Document }
  | { readonly kind: 'foreign'; readonly why: string }

/** Reads the content of a file, with pauses. */
export async function readDocument(content: Buffer): Promise<Reading> {
  const bytes = content.subarray(startsWithMark(content) ? BYTE_ORDER_MARK.length : 0)
  if (await isBlank(bytes)) return { kind: 'damaged', why: 'it is empty', rest: EMPTY }
  const damaged = async (why: string): Promise<Reading> =>
    beginsAsOurs(bytes) ? { kind: 'damaged', why, rest: await salvage(bytes) } : foreign('it is not JSON')
  if (!(await isText(bytes))) return await damaged('it is not UTF-8')
  try {
    return await readParts(jsonCursor(bytes))
  } catch (error) {
    if (error instanceof Foreign) return foreign(error.message)
    if (!(error instanceof SyntaxError)) throw error
    return await damaged(`it is torn (${error.message})`)
  }
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

/** Whether the bytes are UTF-8. They are checked a few megabytes at a time: a machine whose memory is slow takes long for the first look at a large buffer. */
async function isText(bytes: Buffer): Promise<boolean> {
  for (let from = 0; from < bytes.length; ) {
    let to = Math.min(from + CHECK_BYTES, bytes.length)
    // A character is not cut: it has at most three bytes behind its first.
    for (let back = 0; back < 3 && isInsideCharacter(bytes[to]); back += 1) to -= 1
    if (!isUtf8(bytes.subarray(from, to))) return false
    from = to
    await nextTurn()
  }
  return true
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

async function readParts(cursor: JsonCursor): Promise<Reading> {
  await cursor.skipLongSpace()
  if (!cursor.begins('{')) throw new Foreign('it is the JSON of another program')
  const namespaces = new Map<string | undefined, Records>()
  const setAside: Json[] = []
  const unknown = new Map<string, Json>()
  let format: string | undefined
  const part = async () => await storedJson(await cursor.value())
  const records = async (): Promise<Records> => {
    const found = new Map<string, Json>()
    await cursor.object(async (name) => void found.set(name, await part()))
    return found
  }
  const pools = () =>
    cursor.object(async (name) => {
      if (!cursor.begins('{')) throw new Foreign('"pools" in it is not an object of objects')
      namespaces.set(name, await records())
    })
  await cursor.object(async (name) => {
    if (name === MARK) format = (await cursor.value()).toString('utf8', 0, FORMAT_BYTES)
    else if (name === 'records') {
      if (!cursor.begins('{')) throw new Foreign('"records" in it is not an object')
      const found = await records()
      if (found.size > 0) namespaces.set(undefined, found)
    } else if (name === 'pools') {
      if (!cursor.begins('{')) throw new Foreign('"pools" in it is not an object of objects')
      await pools()
    } else if (name === 'setAside') {
      if (!cursor.begins('[')) throw new Foreign('"setAside" in it is not an array')
      await cursor.list(async () => void setAside.push(await part()))
    } else unknown.set(name, await part())
  })
  cursor.end()
  if (format === undefined) throw new Foreign('it is the JSON of another program')
  if (format !== String(FORMAT)) throw new Foreign(`its format is ${format}, and this release knows ${FORMAT}`)
  return { kind: 'ours', document: { namespaces, setAside, unknown } }
}

const foreign = (why: string): Reading => ({ kind: 'foreign', why })
