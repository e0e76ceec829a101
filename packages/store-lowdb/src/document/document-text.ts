import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Document, Records } from './document.ts'
import type { Json } from './exact-json.ts'
import { TURN_BYTES } from './in-one-line.ts'
import { joined } from './joined.ts'
import { inOrder, inPortions } from './portions.ts'

/** The key that marks a document as one of this store; its value is the format. */
export const MARK = 'sessionkeep'
export const FORMAT = 1

/** The largest document that is read or written, in bytes. */
export const MAX_DOCUMENT_BYTES = 64 * 1024 * 1024

type Part = Json | Generator<Json>
type Member = readonly [name: string, value: Part]

/**
 * Returns the document as readable JSON with the names in a fixed order, so that two versions can be compared line by
 * line; undefined if the document is too large. Pauses, so that a large document does not block the event loop.
 */
export async function documentBytes(document: Document): Promise<Buffer | undefined> {
  const done: Buffer[] = []
  let length = 0
  let text = ''
  const add = (bytes: Buffer) => {
    done.push(bytes)
    length += bytes.length
  }
  for (const part of documentParts(document, await orderOf(document))) {
    if (typeof part === 'string') text += part
    if (typeof part === 'string' && text.length < TURN_BYTES) continue
    add(Buffer.from(text))
    text = ''
    if (typeof part !== 'string') add(part)
    if (length > MAX_DOCUMENT_BYTES) return undefined
    await nextTurn()
  }
  add(Buffer.from(text))
  return length > MAX_DOCUMENT_BYTES ? undefined : await joined(done)
}

/** The names of the pools, and those of the records of each namespace, as they are written. */
interface Order {
  readonly pools: readonly string[]
  readonly records: ReadonlyMap<string | undefined, readonly string[]>
}

async function orderOf({ namespaces }: Document): Promise<Order> {
  const records = new Map<string | undefined, readonly string[]>()
  for await (const portion of inPortions(namespaces))
    for (const [name, stored] of portion) records.set(name, await inOrder(stored.keys()))
  const pools = [...namespaces.keys()].filter((name) => name !== undefined)
  return { pools: await inOrder(pools), records }
}

function* documentParts({ namespaces, setAside, unknown }: Document, order: Order): Generator<Json> {
  const recordsOf = (namespace: string | undefined, level: number) =>
    recordsParts(order.records.get(namespace) ?? [], namespaces.get(namespace) ?? new Map(), level)
  const members: Member[] = [
    [MARK, String(FORMAT)],
    ['records', recordsOf(undefined, 1)],
  ]
  if (order.pools.length > 0)
    members.push([
      'pools',
      objectParts(
        mapped(order.pools, (name): Member => [name, recordsOf(name, 2)]),
        1,
      ),
    ])
  if (setAside.length > 0) members.push(['setAside', block('[', setAside.map(indentedTo(2)), ']', 1)])
  const others = [...unknown].map(([name, json]): Member => [name, indentedTo(1)(json)])
  yield* objectParts([...members, ...others], 0)
  yield '\n'
}

// The text is not made from an object: an object would order names like "10" first, and give "__proto__" another
// meaning.
function objectParts(members: Iterable<Member>, level: number): Generator<Json> {
  function* member([name, value]: Member): Generator<Json> {
    yield `${JSON.stringify(name)}: `
    if (isJson(value)) yield value
    else yield* value
  }
  return block('{', mapped(members, member), '}', level)
}

function recordsParts(names: readonly string[], records: Records, level: number): Generator<Json> {
  const indented = indentedTo(level + 1)
  return objectParts(
    mapped(names, (name): Member => [name, indented(records.get(name) ?? '')]),
    level,
  )
}

/** Indents the further lines of a text. A line break in JSON is always between two tokens, because those inside strings are escaped. */
function indentedTo(level: number): (json: Json) => Json {
  const start = `\n${'  '.repeat(level)}`
  return (json) => (typeof json === 'string' ? json.replaceAll('\n', start) : json)
}

/** Lays out parts that are indented already, between two brackets at this level. */
function* block(open: string, items: Iterable<Part>, close: string, level: number): Generator<Json> {
  const start = `\n${'  '.repeat(level + 1)}`
  let isEmpty = true
  yield open
  for (const item of items) {
    yield isEmpty ? start : `,${start}`
    isEmpty = false
    if (isJson(item)) yield item
    else yield* item
  }
  yield isEmpty ? close : `\n${'  '.repeat(level)}${close}`
}

function* mapped<From, To>(items: Iterable<From>, map: (item: From) => To): Generator<To> {
  for (const item of items) yield map(item)
}

const isJson = (part: Part): part is Json => typeof part === 'string' || Buffer.isBuffer(part)
