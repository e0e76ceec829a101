import type { Document, Records } from './document.ts'

/** The key that marks a document as one of this store; its value is the format. */
export const MARK = 'sessionkeep'
export const FORMAT = 1

/** The largest document that is read or written, in bytes. */
export const MAX_DOCUMENT_BYTES = 64 * 1024 * 1024

type Member = readonly [name: string, text: string]

/**
 * Returns the document as readable JSON with the names in a fixed order, so that two versions can be compared line by
 * line.
 */
export function documentText({ namespaces, setAside, unknown }: Document): string {
  const pools = [...namespaces].flatMap(([name, records]) => (name === undefined ? [] : [[name, records] as const]))
  const members: Member[] = [
    [MARK, String(FORMAT)],
    ['records', recordsText(namespaces.get(undefined) ?? new Map(), 1)],
  ]
  if (pools.length > 0) {
    const texts = inOrder(pools).map(([name, of]): Member => [name, recordsText(of, 2)])
    members.push(['pools', objectText(texts, 1)])
  }
  if (setAside.length > 0) members.push(['setAside', block('[', setAside.map(indentedTo(2)), ']', 1)])
  const others = [...unknown].map(([name, text]): Member => [name, indentedTo(1)(text)])
  return `${objectText([...members, ...others], 0)}\n`
}

// The text is not made from an object: an object would order names like "10" first, and give "__proto__" another
// meaning.
function objectText(members: readonly Member[], level: number): string {
  return block(
    '{',
    members.map(([name, text]) => `${JSON.stringify(name)}: ${text}`),
    '}',
    level,
  )
}

function recordsText(records: Records, level: number): string {
  const indented = indentedTo(level + 1)
  return objectText(
    inOrder([...records]).map(([name, text]): Member => [name, indented(text)]),
    level,
  )
}

/** Indents the further lines of a text. A line break in JSON is always between two tokens, because those inside strings are escaped. */
function indentedTo(level: number): (text: string) => string {
  return (text) => text.replaceAll('\n', `\n${'  '.repeat(level)}`)
}

/** Lays out lines that are indented already, between two brackets at this level. */
function block(open: string, lines: readonly string[], close: string, level: number): string {
  const start = `\n${'  '.repeat(level + 1)}`
  return lines.length === 0 ? open + close : `${open}${start}${lines.join(`,${start}`)}\n${'  '.repeat(level)}${close}`
}

function inOrder<T>(entries: ReadonlyArray<readonly [string, T]>): ReadonlyArray<readonly [string, T]> {
  return [...entries].sort(([a], [b]) => (a < b ? -1 : 1))
}
