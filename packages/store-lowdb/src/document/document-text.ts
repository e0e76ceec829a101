import type { Document, Records } from './document.ts'

/** The key that marks a document as one of this store; its value is the format. */
export const MARK = 'sessionkeep'
export const FORMAT = 1

/** The largest document that is read or written, in bytes. */
export const MAX_DOCUMENT_BYTES = 64 * 1024 * 1024

/**
 * Returns the document as readable JSON with the names in a fixed order, so that two versions can be compared line by
 * line.
 */
export function documentText({ namespaces, setAside, unknown }: Document): string {
  const pools = [...namespaces].flatMap(([name, records]) => (name === undefined ? [] : [[name, records] as const]))
  const members: Array<readonly [name: string, text: string]> = [
    [MARK, String(FORMAT)],
    ['records', recordsText(namespaces.get(undefined) ?? new Map())],
  ]
  if (pools.length > 0) members.push(['pools', objectText(inOrder(pools).map(([name, of]) => [name, recordsText(of)]))])
  if (setAside.length > 0) members.push(['setAside', block('[', setAside, ']')])
  return `${objectText([...members, ...unknown])}\n`
}

// The text is not made from an object: an object would order names like "10" first, and give "__proto__" another
// meaning.
function objectText(members: ReadonlyArray<readonly [name: string, text: string]>): string {
  return block(
    '{',
    members.map(([name, text]) => `${JSON.stringify(name)}: ${text}`),
    '}',
  )
}

const recordsText = (records: Records): string => objectText(inOrder([...records]))

function block(open: string, lines: readonly string[], close: string): string {
  // A line break in JSON is always between two tokens, because line breaks inside strings are escaped.
  return lines.length === 0 ? open + close : `${open}\n  ${lines.join(',\n').replaceAll('\n', '\n  ')}\n${close}`
}

function inOrder<T>(entries: ReadonlyArray<readonly [string, T]>): ReadonlyArray<readonly [string, T]> {
  return [...entries].sort(([a], [b]) => (a < b ? -1 : 1))
}
