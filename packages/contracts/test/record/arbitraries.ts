import fc from 'fast-check'
import { readAttributes, writtenVersions } from '../../src/record/attributes.ts'
import { countsField, joinCounts, readCounts, sumOf } from '../../src/record/counts.ts'
import type { StoredRecord } from '../../src/record/parse-record.ts'
import { joinPast, pastField } from '../../src/record/past.ts'
import type { JsonObject } from '../../src/record/session-metadata.ts'

const hostileKey = fc.constantFrom('__proto__', 'constructor', 'toString', 'prototype', '')

/** JSON as `JSON.parse` gives it, with own `__proto__` keys. */
export const json = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.oneof(
      fc.string(),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
    ),
    fc.array(tie('value'), { maxLength: 3 }),
    entries(tie('value')).map(Object.fromEntries),
  ),
})).value

function entries(value: fc.Arbitrary<unknown>) {
  return fc.array(fc.tuple(fc.oneof(fc.string({ maxLength: 4 }), hostileKey), value), { maxLength: 4 })
}

const object = entries(json).map((pairs) => Object.fromEntries(pairs) as JsonObject)
const moment = fc.oneof(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 8.64e15 }))
const KNOWN = new Set([
  'sessionName',
  'workspace',
  'createdAt',
  'lastActivityAt',
  'totalRequests',
  'counts',
  'status',
  'incarnation',
  'pool',
  'revision',
  'run',
  'attributes',
  'attributesAt',
  'past',
  'generation',
  'startedAt',
  'boot',
  'place',
  'pid',
  'tries',
  'ended',
  'expiresAt',
  'schemaVersion',
])

/** Counts by run as a person or a release may have written them: in any order, without a run, of a run that the base covers. */
export const rawCounts: fc.Arbitrary<Record<string, number>> = fc
  .array(
    fc.tuple(
      fc.oneof(fc.constantFrom('r1', 'r2', 'r3', 'r4', '<=', '<=r1', '<=r2', '<=r3'), hostileKey),
      fc.oneof(
        fc.nat(9),
        fc.nat(2 ** 31 - 1).map((n) => n * 2 ** 19),
      ),
    ),
    { maxLength: 5 },
  )
  .map((pairs) => Object.fromEntries(pairs))

/** Earlier sessions, few of them different, as several stores may have them. */
const pastSessions = fc.array(
  fc.record(
    {
      incarnation: fc.constantFrom('g', 'h'),
      createdAt: fc.nat(24),
      generation: fc.integer({ min: 1, max: 3 }),
      lastActivityAt: moment,
      totalRequests: fc.nat(3),
      ended: fc.record(
        { at: fc.nat(2), cause: fc.constantFrom('exited' as const, 'killed' as const) },
        { noNullPrototype: true },
      ),
      attributes: fc.oneof(object, json),
    },
    { noNullPrototype: true, requiredKeys: ['createdAt', 'lastActivityAt', 'totalRequests'] },
  ),
  { maxLength: 25 },
)

const version = fc.constantFrom('t1-a', 't2-a', 't2-b', 't3-a', 'r0000000000000001-a', 'r0000000000000002-')
/** Versions of attributes, few of them different; whether the attributes were edited afterwards. */
const versions = fc.record(
  {
    all: version,
    some: fc.array(
      fc.tuple(version, fc.array(fc.oneof(fc.constantFrom('k', 'l', 'm'), hostileKey), { maxLength: 2 })),
      {
        maxLength: 3,
      },
    ),
    isEdited: fc.boolean(),
  },
  { noNullPrototype: true, requiredKeys: ['isEdited'] },
)
const fewAttributes = fc
  .array(fc.tuple(fc.oneof(fc.constantFrom('k', 'l', 'm', 'n'), hostileKey), fc.nat(2)), { maxLength: 4 })
  .map((pairs) => Object.fromEntries(pairs) as JsonObject)

/** Records with few different revisions, runs and incarnations, so that equal ones are common. */
export const storedRecord: fc.Arbitrary<StoredRecord> = fc
  .record(
    {
      sessionName: fc.constantFrom('s', 't'),
      workspace: fc.constantFrom('v', 'w'),
      createdAt: moment,
      lastActivityAt: moment,
      counts: rawCounts.map((counts) =>
        Object.fromEntries(Object.entries(counts).filter(([key]) => key !== '__proto__')),
      ),
      isEdited: fc.boolean(),
      totalRequests: fc.oneof(
        fc.nat(4),
        fc.nat(2 ** 31 - 1).map((n) => n * 2 ** 19),
      ),
      status: fc.constantFrom('active' as const, 'idle' as const, 'draining' as const),
      revision: fc.oneof(
        fc.nat(2),
        fc.nat(2 ** 31 - 1).map((n) => n * 2 ** 19),
      ),
      run: fc.constantFrom('', 'a', 'b'),
      schemaVersion: fc.constant(1 as const),
      extra: object.map((extra) =>
        Object.fromEntries(Object.entries(extra).filter(([key]) => key !== '__proto__' && !KNOWN.has(key))),
      ),
      incarnation: fc.constantFrom('i', 'j'),
      pool: fc.constantFrom('p', 'q'),
      attributes: fc.oneof(fewAttributes, fewAttributes, object, json),
      versions,
      past: pastSessions,
      expiresAt: moment,
      ended: fc.record(
        {
          at: fc.nat(2),
          cause: fc.constantFrom('boot' as const, 'deleted' as const),
          mayBeShutdown: fc.constantFrom('server' as const, 'boot' as const),
          interrupted: fc.constant(true as const),
        },
        { noNullPrototype: true, requiredKeys: ['at', 'cause'] },
      ),
      generation: fc.integer({ min: 1, max: 3 }),
      startedAt: moment,
      boot: fc.constantFrom('boot-1', 'boot-2'),
      place: fc.record(
        {
          cwd: fc.constant('/srv'),
          command: fc.constantFrom('vi', ['vi', 'a']),
          withheld: fc.constant(true as const),
          env: fc.constant(['KEY']),
        },
        { noNullPrototype: true, requiredKeys: [] },
      ),
      pid: fc.integer({ min: 1, max: 2 }),
      tries: fc.record(
        {
          count: fc.nat(3),
          lastAt: moment,
          nextAt: moment,
          error: fc.constant('no'),
          parked: fc.constant(true as const),
        },
        { noNullPrototype: true, requiredKeys: ['count', 'lastAt', 'nextAt'] },
      ),
    },
    {
      noNullPrototype: true,
      requiredKeys: [
        'sessionName',
        'workspace',
        'createdAt',
        'lastActivityAt',
        'counts',
        'isEdited',
        'totalRequests',
        'status',
        'revision',
        'run',
        'schemaVersion',
        'extra',
      ],
    },
  )
  .map(({ counts, isEdited, past = [], versions: given, ...record }) => {
    const total = isEdited ? record.totalRequests : sumOf(joinCounts(counts, {}))
    return {
      ...withVersions(record, given),
      ...{ totalRequests: total, ...countsField(readCounts(total, counts)), ...pastField(joinPast(past)) },
    }
  })

/** A record with versions of its attributes, as it is read. */
function withVersions<
  Fields extends { readonly revision: number; readonly run: string; readonly attributes?: unknown },
>(
  record: Fields,
  given?: { readonly isEdited: boolean; readonly all?: string; readonly some?: ReadonlyArray<[string, string[]]> },
): Fields & Pick<StoredRecord, 'attributesAt'> {
  if (!given) return record
  const { isEdited, all, some = [] } = given
  const names = some.filter(([, list]) => list.length > 0).map(([at, list]) => [at, [...new Set(list)].sort()] as const)
  const attributesAt = { ...(all && { all }), ...(names.length > 0 && { some: Object.fromEntries(names) }) }
  const written = writtenVersions({ ...record, attributesAt })
  const { attributes: _, ...others } = record
  const stored = { ...record, attributesAt: { ...written, ...(isEdited && { sum: '' }) } }
  return { ...others, ...readAttributes(stored) } as Fields
}

/** Freezes a value and all in it, so that a function that changes its argument throws. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  Object.freeze(value)
  for (const key of Reflect.ownKeys(value)) deepFreeze(Reflect.get(value, key))
  if (value instanceof Map) for (const item of value.values()) deepFreeze(item)
  return value
}
