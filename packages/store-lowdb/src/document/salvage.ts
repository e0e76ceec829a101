import { isUtf8 } from 'node:buffer'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { MAX_RECORD_BYTES, recordTextFault } from '@sessionkeep/contracts'
import { isObject } from '@sessionkeep/disk'
import { AROUND, type ExactJson, parseExactly } from './exact-json.ts'
import { addRecord, type Found, nothingFound, recordsIn } from './found.ts'
import { TURN_BYTES } from './in-one-line.ts'
import { MAX_NAME_BYTES } from './json-cursor.ts'

const SECTION = /^"(records|pools)": \{$/
const MEMBER = /^([ \t]*)("(?:[^"\\]|\\.)*"): (.*)$/
const RETURN = 0x0d
/** A longer line is no part of a record. Its beginning still says in which part of the document the next lines are. */
const MAX_LINE_BYTES = 2 * MAX_RECORD_BYTES
const BEGINNING_BYTES = 4096
/** The most lines that are taken in one turn of the event loop. */
const TURN_LINES = 1000
// A shorter hole cannot hide both the end of one pool and the name of the next one.
const HOLE = '\0'.repeat(8)

/**
 * Returns the complete records of a damaged document: those that were found before the damage, whatever the layout, and more that
 * are found line by line, if each level of the document is indented alike. So records behind the damage are found too, and only
 * the damaged one is lost. After a hole that may hide which pool the next records belong to, the rest of a pool is lost too.
 */
export async function salvage(bytes: Buffer, before: Found): Promise<Found> {
  const found = wholeOf(before)
  const lines = linesOf(bytes)
  const unit = unitOf(bytes)
  const [ofPool, ofRecord] = [unit.repeat(2), unit.repeat(3)]
  let section: string | undefined
  let pool: string | undefined
  let poolAt = 0
  for (let line = lines.next(); line !== undefined; line = lines.next()) {
    if (lines.isTurnOver()) await nextTurn()
    if (line.startsWith(unit) && /^\S/.test(line.slice(unit.length))) {
      section = SECTION.exec(line.slice(unit.length))?.[1]
      pool = undefined
      continue
    }
    const [, indent = '', name = '', rest = ''] = MEMBER.exec(line) ?? []
    if (section === 'pools' && indent === ofPool) {
      pool = rest === '{' ? parsedName(name) : undefined
      poolAt = lines.position()
    }
    if (lines.holeAt() > poolAt || line.startsWith(`${ofPool}}`)) pool = undefined
    const isRecord = section === 'records' ? indent === ofPool : pool !== undefined && indent === ofRecord
    if (!isRecord) continue
    const record = parsed(rest === '{' ? await blockFrom(lines, { indent, unit }) : rest.replace(/,$/, ''))
    const key = parsedName(name)
    if (!isObject(record?.value) || key === undefined) continue
    await addRecord(recordsIn(found, pool), key, record.text(record.value))
  }
  return found
}

/** What was parsed. A value beyond the limits was not, so that it may have swallowed what is behind a missing quote. */
function wholeOf({ namespaces, setAside, unknown }: Found): Found {
  const found = nothingFound()
  for (const [pool, records] of namespaces)
    for (const [name, json] of records) if (typeof json === 'string') recordsIn(found, pool).set(name, json)
  for (const json of setAside) if (typeof json === 'string') found.setAside.push(json)
  for (const [name, json] of unknown) if (typeof json === 'string') found.unknown.set(name, json)
  return found
}

/** How much each level of the document is indented, as its first member shows. */
function unitOf(bytes: Buffer): string {
  return /^\s*\{\s*\n([ \t]+)"/.exec(bytes.toString('latin1', 0, BEGINNING_BYTES))?.[1] ?? '  '
}

/** The lines of a document, one after another. */
interface Lines {
  /** Takes the next line; undefined at the end. A NUL, which JSON forbids, replaces what cannot be a part of a record. */
  next(): string | undefined
  /** The position behind the last line that was taken. */
  position(): number
  /** The position behind the last line with a hole. */
  holeAt(): number
  /** Goes back to a position. */
  back(position: number): void
  /** Whether to yield to the event loop now, because many bytes or lines were taken since the last time. */
  isTurnOver(): boolean
}

function linesOf(bytes: Buffer): Lines {
  let at = 0
  let holeAt = 0
  let [turnBytes, turnLines] = [0, 0]
  return {
    next() {
      if (at > bytes.length) return undefined
      const found = bytes.indexOf('\n', at)
      const end = found < 0 ? bytes.length : found
      // An editor of Windows ends a line with two characters.
      const line = bytes.subarray(at, bytes[end - 1] === RETURN && end > at ? end - 1 : end)
      at = end + 1
      turnBytes += line.length
      turnLines += 1
      if (line.includes(HOLE)) holeAt = at
      if (line.length > MAX_LINE_BYTES) return `${line.toString('utf8', 0, BEGINNING_BYTES)}\0`
      // The decoder replaces wrong bytes by a valid character.
      return isUtf8(line) ? line.toString() : line.toString().replaceAll('\ufffd', '\0')
    },
    position: () => at,
    holeAt: () => holeAt,
    back(position) {
      at = position
    },
    isTurnOver() {
      if (turnBytes < TURN_BYTES && turnLines < TURN_LINES) return false
      turnBytes = 0
      turnLines = 0
      return true
    },
  }
}

/**
 * Returns the object that opens at the end of the last line, up to the closing bracket at the same indentation. Empty, and
 * no line is taken, when it is not whole.
 */
async function blockFrom(lines: Lines, { indent, unit }: { indent: string; unit: string }): Promise<string> {
  const from = lines.position()
  const closing = `${indent}}`
  const block = ['{']
  for (let line = lines.next(); line !== undefined; line = lines.next()) {
    if (lines.isTurnOver()) await nextTurn()
    if (line === closing || line === `${closing},`) return [...block, '}'].join('\n')
    // Every line inside the object is indented more. A line indented less means that the rest is missing.
    if (!line.startsWith(indent + unit) || lines.position() - from > MAX_LINE_BYTES) break
    block.push(line)
  }
  lines.back(from)
  return ''
}

function parsedName(json: string): string | undefined {
  const name = Buffer.byteLength(json) > MAX_NAME_BYTES ? undefined : parsed(json)?.value
  return typeof name === 'string' ? name : undefined
}

function parsed(text: string): ExactJson | undefined {
  if (text === '' || recordTextFault(text, AROUND)) return undefined
  try {
    return parseExactly(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
