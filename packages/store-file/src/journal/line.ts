import { crc32 } from 'node:zlib'

/** What is at the path of a record: the checksum of the file, {@link ABSENT}, {@link NO_FILE} or {@link UNKNOWN}. */
export type Mark = string

/** There is no file. */
export const ABSENT: Mark = '-'
/** Something is at the path that is not a regular file or cannot be read. */
export const NO_FILE: Mark = '!'

/** Nobody has looked up what is there. */
export const UNKNOWN: Mark = '?'

/** Returns the mark of a file with this content. */
export const markOf = (bytes: Buffer): Mark => crc32(bytes).toString(16)

/** One change of one record. */
export interface Line {
  readonly name: string
  /** The marks that this line supersedes: what this writer may have left at the path, or what was there before. */
  readonly was: readonly Mark[]
  /** When the line was written, ms since the epoch. Undefined when the path was looked up just before, so that the time is not needed. */
  readonly at: number | undefined
  /** The record as JSON. Null: it was removed. Undefined: from this line on the file counts, whatever is done to it later. */
  readonly text: string | null | undefined
}

/** The lines of a part of a segment, and how many of its rows were damaged. The rest of a torn write at the end is not damage. */
export interface Decoded {
  readonly lines: readonly Line[]
  readonly damaged: number
  /** How many rows at the end are not whole. They are damaged if a whole row follows. */
  readonly sinceWhole: number
}

/**
 * Encodes a line as `<checksum> {"name":…,"was":[…],"record":…}`. A person can read it; the checksum shows a torn line.
 * Without `record`, the line says that the file counts from here on.
 */
export function encodeLine({ name, was, at, text }: Line): string {
  const time = at === undefined ? '' : `"at":${at},`
  const marks = was.length === 0 ? '' : `"${was.join('","')}"`
  const record = text === undefined ? '' : `,${time}"record":${text}`
  const body = `{"name":${JSON.stringify(name)},"was":[${marks}]${record}}`
  return `${checksum(body)} ${body}\n`
}

/** Decodes the rows that are whole. `before` is the `sinceWhole` of the part before this one in the same segment. */
export function decodeLines(content: string, before = 0): Decoded {
  const rows = content.split('\n')
  const lines: Line[] = []
  let damaged = 0
  let sinceWhole = before
  for (const row of rows) {
    if (row === '') continue
    const line = decodeRow(row)
    if (line) {
      lines.push(line)
      damaged += sinceWhole
      sinceWhole = 0
    } else sinceWhole += 1
  }
  return { lines, damaged, sinceWhole }
}

function decodeRow(row: string): Line | undefined {
  const body = row.slice(9)
  if (row[8] !== ' ' || row.slice(0, 8) !== checksum(body)) return undefined
  const { name, was, at, record } = JSON.parse(body) as { name: string; was: Mark[]; at?: number; record: unknown }
  return { name, was, at, text: record === null ? null : JSON.stringify(record) }
}

function checksum(body: string): string {
  return crc32(body).toString(16).padStart(8, '0')
}
