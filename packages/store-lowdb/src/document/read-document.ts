import { isUtf8 } from 'node:buffer'
import type { Document, Records } from './document.ts'
import { FORMAT, MARK } from './document-text.ts'
import { laidOut } from './exact-json.ts'
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
export async function readDocument(bytes: Buffer): Promise<Reading> {
  const text = new TextDecoder('utf-8').decode(bytes)
  if (/^[\s\0]*$/.test(text)) return { kind: 'damaged', why: 'it is empty', rest: salvage('') }
  if (!isUtf8(bytes)) {
    // The decoder replaces wrong bytes by a valid character. It is exchanged for NUL, which JSON forbids, so that no
    // damaged record passes as content.
    const rest = () => salvage(text.replaceAll('\ufffd', '\0'))
    return beginsAsOurs(text) ? { kind: 'damaged', why: 'it is not UTF-8', rest: rest() } : foreign('it is not JSON')
  }
  try {
    return await readParts(jsonCursor(text))
  } catch (error) {
    if (error instanceof Foreign) return foreign(error.message)
    if (!(error instanceof SyntaxError)) throw error
    if (beginsAsOurs(text)) return { kind: 'damaged', why: `it is torn (${error.message})`, rest: salvage(text) }
    return foreign('it is not JSON')
  }
}

/** Whether the existing part of the text is the beginning of a document of ours. */
function beginsAsOurs(text: string): boolean {
  const opening = `{"${MARK}":`
  const start = text.slice(0, 1000).replace(/\s+/g, '')
  return start.length < opening.length ? opening.startsWith(start) : start.startsWith(opening)
}

/** Thrown for a document of another program, or of a release that this one does not know. */
class Foreign extends Error {}

async function readParts(cursor: JsonCursor): Promise<Reading> {
  if (!cursor.begins('{')) throw new Foreign('it is the JSON of another program')
  const namespaces = new Map<string | undefined, Records>()
  const setAside: string[] = []
  const unknown = new Map<string, string>()
  let format: string | undefined
  const part = async () => laidOut(await cursor.value())
  const records = async (): Promise<Records> => {
    const found = new Map<string, string>()
    await cursor.object(async (name) => void found.set(name, await part()))
    return found
  }
  const pools = () =>
    cursor.object(async (name) => {
      if (!cursor.begins('{')) throw new Foreign('"pools" in it is not an object of objects')
      namespaces.set(name, await records())
    })
  await cursor.object(async (name) => {
    if (name === MARK) format = await cursor.value()
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
