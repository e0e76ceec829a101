import type { Document, Records } from './document.ts'

/** The format, under the key by which a document is known to be ours. */
export const MARK = 'sessionkeep'
export const FORMAT = 1

/** Above this a document is neither read nor written. */
export const MAX_DOCUMENT_BYTES = 64 * 1024 * 1024

/** As a person reads it, and with the names in a fixed order, so that two versions can be compared line by line. */
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

// By hand, not through an object: that would put names like "10" first, and take "__proto__" for something else.
function objectText(members: ReadonlyArray<readonly [name: string, text: string]>): string {
  return block(
    '{',
    members.map(([name, text]) => `${JSON.stringify(name)}: ${text}`),
    '}',
  )
}

const recordsText = (records: Records): string => objectText(inOrder([...records]))

function block(open: string, lines: readonly string[], close: string): string {
  // A line break in JSON text is always between two tokens: within strings it is escaped.
  return lines.length === 0 ? open + close : `${open}\n  ${lines.join(',\n').replaceAll('\n', '\n  ')}\n${close}`
}

function inOrder<T>(entries: ReadonlyArray<readonly [string, T]>): ReadonlyArray<readonly [string, T]> {
  return [...entries].sort(([a], [b]) => (a < b ? -1 : 1))
}
