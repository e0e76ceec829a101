import { isUtf8 } from 'node:buffer'
import { isObject } from '@sessionkeep/disk'
import type { Document, Records } from './document.ts'
import { FORMAT, MARK } from './document-text.ts'
import { type ExactJson, parseExactly } from './exact-json.ts'
import { salvage } from './salvage.ts'

/**
 * The content of a file. `damaged`: empty, or a document of ours that is torn; `rest` holds its readable records.
 * `foreign`: of another program, or of an unknown release.
 */
export type Reading =
  | { readonly kind: 'ours'; readonly document: Document }
  | { readonly kind: 'damaged'; readonly why: string; readonly rest: Document }
  | { readonly kind: 'foreign'; readonly why: string }

/** Parses the content of a file. */
export function readDocument(bytes: Buffer): Reading {
  const text = new TextDecoder('utf-8').decode(bytes)
  if (/^[\s\0]*$/.test(text)) return { kind: 'damaged', why: 'it is empty', rest: salvage('') }
  if (!isUtf8(bytes)) {
    // The decoder replaces wrong bytes by a valid character. It is exchanged for NUL, which JSON forbids, so that no
    // damaged record passes as content.
    const rest = () => salvage(text.replaceAll('\ufffd', '\0'))
    return beginsAsOurs(text) ? { kind: 'damaged', why: 'it is not UTF-8', rest: rest() } : foreign('it is not JSON')
  }
  let json: ExactJson
  try {
    json = parseExactly(text)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    if (beginsAsOurs(text)) return { kind: 'damaged', why: `it is torn (${error.message})`, rest: salvage(text) }
    return foreign('it is not JSON')
  }
  return interpret(json)
}

/** Whether the existing part of the text is the beginning of a document of ours. */
function beginsAsOurs(text: string): boolean {
  const opening = `{"${MARK}":`
  const start = text.slice(0, 1000).replace(/\s+/g, '')
  return start.length < opening.length ? opening.startsWith(start) : start.startsWith(opening)
}

function interpret({ value, text }: ExactJson): Reading {
  if (!isObject(value) || !Object.hasOwn(value, MARK)) return foreign('it is the JSON of another program')
  const { [MARK]: format, records = {}, pools = {}, setAside = [], ...unknown } = value
  if (format !== FORMAT) return foreign(`its format is ${JSON.stringify(format)}, and this release knows ${FORMAT}`)
  if (!isObject(records)) return foreign('"records" in it is not an object')
  if (!isObject(pools) || !Object.values(pools).every(isObject))
    return foreign('"pools" in it is not an object of objects')
  if (!Array.isArray(setAside)) return foreign('"setAside" in it is not an array')
  const textsOf = (object: object): Map<string, string> =>
    new Map(Object.entries(object).map(([name, part]) => [name, text(part)]))
  const namespaces = new Map<string | undefined, Records>()
  if (Object.keys(records).length > 0) namespaces.set(undefined, textsOf(records))
  for (const [name, of] of Object.entries(pools)) namespaces.set(name, textsOf(of as object))
  return { kind: 'ours', document: { namespaces, setAside: setAside.map(text), unknown: textsOf(unknown) } }
}

const foreign = (why: string): Reading => ({ kind: 'foreign', why })
