import { ABSENT, type Line, type Mark, markOf, UNKNOWN } from './line.ts'

/** What is at the path of a record now. */
export interface Stand {
  readonly mark: Mark
  /** When the file last changed, ms since the epoch; undefined when there is no file. */
  readonly changedAt: number | undefined
  /** Whether the file holds a record. */
  isRecord(): boolean
  /** A text that changes whenever the file is changed or replaced; undefined when there is no file that could be read. */
  readonly signature: string | undefined
}

/** A record that the journal may know better than its file. */
export interface Hot extends Pick<Line, 'was' | 'at'> {
  readonly name: string
  /** The record as JSON; null when it was removed. */
  readonly text: string | null
  /** The number of the batch in which the line was written; 0 for a line of an earlier run. */
  readonly batch: number
  /** Whether the line was found when the journal was opened, and not written by this run. */
  readonly isReplayed: boolean
}

/** The hot records by name. */
export type Overlay = Map<string, Hot>

/** Returns the content of the file that would hold a record. */
export type BytesOf = (name: string, text: string) => Buffer

/** How far the clock of a file system may be behind the clock that lines are written by. */
export const TICK_MS = 10

/** Returns the last line of each name. A name whose last line says that the file counts is left out. */
export function overlayOf(lines: Iterable<Line>): Overlay {
  const overlay: Overlay = new Map()
  for (const { name, was, at, text } of lines) {
    if (text === undefined) overlay.delete(name)
    else overlay.set(name, { name, was, at, text, batch: 0, isReplayed: true })
  }
  return overlay
}

/**
 * Whether a line supersedes what is at the path of its record. It does not if a person, or another program, has changed
 * the file after the line was written.
 */
export function supersedes(hot: Hot, stand: Stand, bytesOf: BytesOf): boolean {
  const { was, at, text, name, isReplayed } = hot
  if (was.includes(stand.mark)) return true
  if (stand.mark === (text === null ? ABSENT : markOf(bytesOf(name, text)))) return true
  // A power cut may leave a part of a file that was not synced yet. The journal has the whole record.
  if (isReplayed && stand.mark !== ABSENT && !stand.isRecord()) return true
  if (at === undefined) return false
  return stand.changedAt === undefined ? was.includes(UNKNOWN) : stand.changedAt < at - TICK_MS
}
