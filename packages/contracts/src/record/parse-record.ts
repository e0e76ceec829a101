import * as z from 'zod'
import { messageOf } from '../errors/code-of.ts'
import { readAttributes, writtenVersions } from './attributes.ts'
import { countsField, readCounts } from './counts.ts'
import { MAX_COUNT, MAX_READ, MAX_TIME_MS, MOST_RUNS } from './limits.ts'
import { joinPast, pastField } from './past.ts'
import { plainJson } from './plain-json.ts'
import {
  type AttributesAt,
  type Counts,
  type JsonObject,
  type PastSession,
  SCHEMA_VERSION,
  type SessionMetadata,
} from './session-metadata.ts'

/** A stored record that was checked. */
export interface StoredRecord extends SessionMetadata<unknown> {
  /** The fields that this release does not know. They are written back as they were read. */
  readonly extra: JsonObject
}

/**
 * What one store has under one name.
 *
 * - `absent`: nothing.
 * - `found`: a record.
 * - `unreadable`: a value that is no record.
 * - `newer`: a record that a newer release wrote.
 * - `foreign`: the record of another pool.
 */
export type Copy =
  | { readonly kind: 'absent' }
  | { readonly kind: 'found'; readonly record: StoredRecord }
  | { readonly kind: 'unreadable'; readonly reason: string }
  | { readonly kind: 'newer'; readonly schemaVersion: number }
  | { readonly kind: 'foreign'; readonly pool: string }

/** The longest last screen that is read, in characters. */
const MAX_SCREEN = 65_536

/** The most faults of a record that its message names. */
const MAX_FAULTS = 3

// Objects that may have many keys are checked here: zod takes a quarter of a second for 50,000 of them, and describes each wrong one.
const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isCount = (value: unknown): boolean =>
  Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) <= MAX_READ
const isCounts = (value: unknown): value is Counts =>
  isObject(value) && Object.keys(value).length <= MOST_RUNS && Object.values(value).every(isCount)
const isVersion = (text: string): boolean => /^[rt]/.test(text) && text.length <= 200
const isNames = (value: unknown): boolean => Array.isArray(value) && value.every((name) => typeof name === 'string')
const isSome = (value: unknown): value is NonNullable<AttributesAt['some']> =>
  isObject(value) && Object.keys(value).every(isVersion) && Object.values(value).every(isNames)

function toCounts(counts: Counts): Counts {
  if (Object.values(counts).every((count) => count <= MAX_COUNT)) return counts
  return Object.fromEntries(Object.entries(counts).map(([run, count]) => [run, toCount(count)]))
}

/** Makes the schema of the known fields, and lists their names. */
function makeKnown() {
  const count = z.int().nonnegative().max(MAX_READ).transform(toCount)
  const time = z.number().nonnegative().max(MAX_TIME_MS).transform(Math.floor)

  // A record is still of use when nobody can say how its session ended.
  const ended = z
    .looseObject({
      at: time,
      // Releases before 0.2 wrote `gone` for a session that somebody else had ended.
      cause: z.string().transform((cause) => (cause === 'gone' ? 'killed' : cause)),
      exitCode: z.int().optional(),
      signal: z.int().optional(),
      interrupted: z.literal(true).optional(),
      mayBeShutdown: z.enum(['server', 'boot']).optional(),
      screen: z.string().max(MAX_SCREEN).optional(),
    })
    .optional()
    .catch(undefined)
  const generation = z.int().min(1).max(MAX_READ).optional().catch(undefined)
  const text = z.string().max(4096)
  const place = z
    .object({
      cwd: text.optional(),
      command: z.union([text, z.array(text)]).optional(),
      withheld: z.literal(true).optional(),
      cols: z.int().optional(),
      rows: z.int().optional(),
      env: z.array(text).optional(),
    })
    .optional()
    .catch(undefined)
  const tries = z
    .object({
      count,
      lastAt: time,
      nextAt: time,
      error: z.string().optional(),
      parked: z.literal(true).optional(),
    })
    .optional()
    .catch(undefined)
  const attributesAt = z
    .object({
      all: z.string().refine(isVersion).optional(),
      some: z.custom<AttributesAt['some']>(isSome).optional(),
      sum: z.string().optional(),
    })
    .optional()
    .catch(undefined)
  const pastSession = z.object({
    incarnation: z.string().min(1).optional(),
    createdAt: time,
    lastActivityAt: time,
    totalRequests: count,
    generation,
    ended,
    attributes: z.unknown().optional(),
  })

  const schema = z.object({
    sessionName: z.string().min(1),
    workspace: z.string().min(1),
    createdAt: time,
    lastActivityAt: time,
    totalRequests: count,
    counts: z
      .custom<Counts>(isCounts, `must be at most ${MOST_RUNS} whole numbers from 0 up`)
      .transform(toCounts)
      .optional(),
    status: z.enum(['active', 'idle', 'draining']),
    incarnation: z.string().min(1).optional(),
    pool: z.string().min(1).optional(),
    revision: count.default(0),
    run: z.string().default(''),
    attributes: z.unknown().optional(),
    attributesAt,
    takenIn: z.literal(true).optional(),
    generation,
    startedAt: time.optional().catch(undefined),
    boot: z.string().min(1).max(200).optional().catch(undefined),
    place,
    pid: z.int().positive().optional().catch(undefined),
    tries,
    // A record whose past somebody damaged is still of use.
    past: z.array(pastSession).optional().catch(undefined),
    expiresAt: time.optional(),
    ended,
    schemaVersion: z.literal(SCHEMA_VERSION).default(SCHEMA_VERSION),
  })
  return { schema, fields: new Set(Object.keys(schema.shape)) }
}

/** Made at its first use: to make schemas at import would take a large part of the time of the import. */
let made: ReturnType<typeof makeKnown> | undefined

function known(): ReturnType<typeof makeKnown> {
  made ??= makeKnown()
  return made
}

/**
 * Parses the value `raw` that is stored under `name`. Never throws, whatever the value is. The record is a copy. A value that is
 * not JSON, or exceeds `MAX_RECORD_BYTES` or `MAX_RECORD_DEPTH`, or has more than 60,000 values, is unreadable.
 *
 * @example
 * ```ts
 * const copy = parseRecord('claude-chat', JSON.parse(text))
 * if (copy.kind === 'found') console.log(copy.record.totalRequests)
 * ```
 */
export function parseRecord(name: string, raw: unknown): Copy {
  try {
    return parse(name, plainJson(raw))
  } catch (error) {
    // A store by somebody else may return objects whose properties throw.
    return unreadable(`reading it failed: ${messageOf(error)}`)
  }
}

function parse(name: string, raw: unknown): Copy {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return unreadable('it is not a JSON object')
  const version = (raw as { schemaVersion?: unknown }).schemaVersion
  if (typeof version === 'number' && version > SCHEMA_VERSION) return { kind: 'newer', schemaVersion: version }
  const parsed = known().schema.safeParse(raw)
  if (!parsed.success) {
    const issues = parsed.error.issues.slice(0, MAX_FAULTS)
    return unreadable(z.prettifyError({ issues }).replaceAll('\n', ' '))
  }
  if (parsed.data.sessionName !== name) return unreadable('its sessionName is not the name it is stored under')
  const {
    counts: _1,
    past = [],
    attributes: _2,
    attributesAt: _3,
    ...fields
  } = dropUndefined(parsed.data) as SessionMetadata<unknown>
  const counts = countsField(readCounts(parsed.data.totalRequests, parsed.data.counts))
  const earlier = pastField(joinPast(past.map((session) => dropUndefined(session) as PastSession)))
  const attributes = readAttributes(parsed.data as SessionMetadata<unknown>)
  return { kind: 'found', record: { ...fields, ...counts, ...earlier, ...attributes, extra: unknownFields(raw) } }
}

/**
 * The JSON to be stored: the known fields in a fixed order, then the unknown ones. Numbers are limited to what
 * {@link parseRecord} accepts, since the clock of a host or an option may have made them larger.
 */
export function serializeRecord(record: StoredRecord): JsonObject {
  const { createdAt, lastActivityAt, totalRequests, revision, expiresAt, extra } = record
  const json = dropUndefined({ ...record, extra: undefined, attributesAt: writtenVersions(record) }) as Fields
  json.createdAt = toTime(createdAt)
  json.lastActivityAt = toTime(lastActivityAt)
  json.totalRequests = toCount(totalRequests)
  json.revision = toCount(revision)
  if (expiresAt !== undefined) json.expiresAt = toTime(expiresAt)
  return { ...json, ...extra } as JsonObject
}

function toCount(value: number): number {
  return Math.min(value, MAX_COUNT)
}

/** NaN becomes 0, the beginning of the epoch. */
function toTime(value: number): number {
  return value > 0 ? Math.floor(Math.min(value, MAX_TIME_MS)) : 0
}

function unreadable(reason: string): Copy {
  return { kind: 'unreadable', reason }
}

function unknownFields(raw: object): JsonObject {
  const { fields } = known()
  // An own `__proto__` is dropped, since assigning it to another object would change the prototype of that object.
  const unknown = Object.keys(raw).filter((key) => !fields.has(key) && key !== '__proto__')
  return Object.fromEntries(unknown.map((key) => [key, (raw as JsonObject)[key]])) as JsonObject
}

type Fields = { [field: string]: unknown }

/** A copy without the fields that are undefined. It must be fast: each flush and each discovery pass calls it for every session. */
function dropUndefined(fields: object): object {
  const kept: Fields = {}
  for (const field of Object.keys(fields)) {
    const value = (fields as Fields)[field]
    if (value !== undefined) kept[field] = value
  }
  return kept
}
