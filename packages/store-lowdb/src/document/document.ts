import { type Json, storedJson } from './exact-json.ts'
import { joined } from './joined.ts'
import { inPortions } from './portions.ts'

/** The JSON stored under each name, even where it is not a record. */
export type Records = ReadonlyMap<string, Json>

/** The content of a document. It is immutable: every change makes a new one. */
export interface Document {
  /** The records of each namespace; `undefined` is the default namespace. */
  readonly namespaces: ReadonlyMap<string | undefined, Records>
  /** The data that was set aside, as JSON. */
  readonly setAside: readonly Json[]
  /** Top-level members that this release does not know, as JSON. */
  readonly unknown: ReadonlyMap<string, Json>
}

/** The change of one name: new JSON, removal, or `aside`, which moves the stored data out of the way. */
export interface Change {
  readonly namespace: string | undefined
  readonly name: string
  readonly to: { readonly text: string } | 'absent' | 'aside'
}

export const EMPTY: Document = { namespaces: new Map(), setAside: [], unknown: new Map() }

const NONE: Records = new Map()

/** The records of a namespace. */
export function recordsOf(document: Document, namespace: string | undefined): Records {
  return document.namespaces.get(namespace) ?? NONE
}

/** Returns the document after these changes, in their order; the same document when they change nothing. */
export async function changed(document: Document, changes: readonly Change[]): Promise<Document> {
  const touched = new Map<string | undefined, Map<string, Json>>()
  const aside: Json[] = []
  for (const { namespace, name, to } of changes) {
    const before = touched.get(namespace) ?? recordsOf(document, namespace)
    const there = before.get(name)
    if (typeof to === 'object' ? there === to.text : there === undefined) continue
    const records = touched.get(namespace) ?? (await copied(before))
    touched.set(namespace, records)
    if (to === 'aside' && there !== undefined) aside.push(await asideJson(namespace, name, there))
    if (typeof to === 'object') records.set(name, to.text)
    else records.delete(name)
  }
  if (touched.size === 0) return document
  const namespaces = new Map<string | undefined, Records>([...document.namespaces, ...touched])
  for (const namespace of touched.keys()) {
    if (namespaces.get(namespace)?.size === 0) namespaces.delete(namespace)
  }
  return { ...document, namespaces, setAside: [...document.setAside, ...aside] }
}

async function copied(records: Records): Promise<Map<string, Json>> {
  const copy = new Map<string, Json>()
  for await (const portion of inPortions(records)) for (const [name, json] of portion) copy.set(name, json)
  return copy
}

async function asideJson(pool: string | undefined, name: string, there: Json): Promise<Json> {
  const time = new Date().toISOString()
  const about = JSON.stringify({ name, ...(pool === undefined ? {} : { pool }), time })
  const content = typeof there === 'string' ? Buffer.from(there) : there
  return await storedJson(await joined([Buffer.from(`${about.slice(0, -1)},"content":`), content, CLOSING]))
}

const CLOSING = Buffer.from('}')
