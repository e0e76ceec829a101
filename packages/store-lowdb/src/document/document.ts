/** The JSON of each record by its name; of what is stored under that name and is no record, too. */
export type Records = ReadonlyMap<string, string>

/** What the document holds. Never changed: every change makes another. */
export interface Document {
  /** The records of each namespace; `undefined` is the target floor. */
  readonly namespaces: ReadonlyMap<string | undefined, Records>
  /** What was set aside, as JSON. */
  readonly setAside: readonly string[]
  /** Members of the top level that this release does not know, as JSON. */
  readonly unknown: ReadonlyMap<string, string>
}

/** What one name is to be: this JSON, or nothing; `aside` moves what is there out of the way. */
export interface Change {
  readonly namespace: string | undefined
  readonly name: string
  readonly to: { readonly text: string } | 'absent' | 'aside'
}

export const EMPTY: Document = { namespaces: new Map(), setAside: [], unknown: new Map() }

const NONE: Records = new Map()

export function recordsOf(document: Document, namespace: string | undefined): Records {
  return document.namespaces.get(namespace) ?? NONE
}

/** The document after these changes, in their order; itself when they change nothing. */
export function changed(document: Document, changes: readonly Change[]): Document {
  const touched = new Map<string | undefined, Map<string, string>>()
  const aside: string[] = []
  for (const { namespace, name, to } of changes) {
    const before = touched.get(namespace) ?? recordsOf(document, namespace)
    const there = before.get(name)
    if (typeof to === 'object' ? there === to.text : there === undefined) continue
    const records = touched.get(namespace) ?? new Map(before)
    touched.set(namespace, records)
    if (to === 'aside' && there !== undefined) aside.push(asideText(namespace, name, there))
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

function asideText(pool: string | undefined, name: string, there: string): string {
  const time = new Date().toISOString()
  return JSON.stringify({ name, ...(pool === undefined ? {} : { pool }), time, content: JSON.parse(there) }, null, 2)
}
