import { createHash } from 'node:crypto'
import { canonical } from './canonical.ts'
import { sameJson } from './same-json.ts'
import type { AttributesAt, JsonObject, JsonValue } from './session-metadata.ts'

/** What these functions read of a record. */
interface Versioned {
  readonly revision: number
  readonly run: string
  readonly attributes?: unknown
  readonly attributesAt?: AttributesAt
}

/** The fields of a record that are about its attributes. */
type AttributeFields = Pick<Versioned, 'attributes' | 'attributesAt'>

/** One attribute and its version; undefined means that it was removed. */
interface Entry {
  readonly version: string
  readonly value: unknown
}

/** What a copy says of the attributes. Those that `some` does not name have the version `version`. */
interface Known {
  /** Empty: nothing is known but `some`. */
  readonly version: string
  readonly value: unknown
  readonly some: ReadonlyMap<string, Entry>
}

/** The longest list of attributes that have versions of their own, in characters of JSON. */
const MAX_SOME = 16_384
/** The longest id of a run in a version, in characters. */
const MAX_RUN = 100
/** The digits of the time in a version. */
const TIME_DIGITS = 11

/**
 * The version of attributes that a run sets: it sorts by time, and after `former`, even if the clock of the run is slow. Two runs
 * never make the same version.
 *
 * @param now - The time, ms since the epoch.
 */
export function attributeVersion(now: number, run: string, former: string): string {
  const at = (time: number): string => `t${Math.floor(time).toString(36).padStart(TIME_DIGITS, '0')}-${run}`
  const version = at(Math.max(0, now))
  if (version > former) return version
  return at(Number.parseInt(former.slice(1, 1 + TIME_DIGITS), 36) + 1)
}

/**
 * The version of attributes that have none, since a person or an older release wrote them. It sorts by the revision and run of
 * the record, and before every version of `attributeVersion()`.
 */
function impliedVersion({ revision, run }: Pick<Versioned, 'revision' | 'run'>): string {
  return `r${String(revision).padStart(16, '0')}-${run.slice(0, MAX_RUN)}`
}

/** The versions of the attributes of a record; if it has attributes and no versions, the implied one. Undefined if it has neither. */
export function versionsOf(record: Versioned): AttributesAt | undefined {
  if (record.attributesAt) return record.attributesAt
  return record.attributes === undefined ? undefined : { all: impliedVersion(record) }
}

/** An attribute as a run has set it; undefined removes it. */
export interface SetAttribute {
  readonly value: JsonValue | undefined
  /** When it was set, ms since the epoch. */
  readonly at: number
}

/** Returns `base` with each key of `patch` set, or removed when its value is undefined. */
export function patched(base: JsonObject, patch: ReadonlyMap<string, Pick<SetAttribute, 'value'>>): JsonObject {
  const merged = new Map<string, JsonValue | undefined>(Object.entries(base))
  for (const [key, { value }] of patch) merged.set(key, value)
  return Object.fromEntries([...merged].filter(([, value]) => value !== undefined)) as JsonObject
}

/**
 * Returns those of `names` that another run has set after the run `life` did: their version in `theirs`, the versions of a copy, is
 * later than in `ours`. A version of a run that began before `life` counts only if the writer of the copy `knew` what `life` had
 * set. Otherwise that run may be an earlier one whose clock was ahead.
 */
export function laterIn(
  theirs: AttributesAt | undefined,
  { ours, life, knew }: { readonly ours: AttributesAt | undefined; readonly life: string; readonly knew: boolean },
  names: Iterable<string>,
): string[] {
  const [versionIn, ownVersion] = [versionsByName(theirs), versionsByName(ours)]
  const isKnown = knew || versionsIn(theirs).some((version) => isOfRun(version, life))
  return [...names].filter((name) => {
    const version = versionIn(name)
    return version > ownVersion(name) && (isKnown || runOf(version) > life)
  })
}

/** The versions after a run has set attributes. Each attribute in `set` gets the version of its time, or a later one if the run had read a later one. */
export function versionsAfter(
  versions: AttributesAt | undefined,
  set: ReadonlyMap<string, SetAttribute>,
  run: string,
): AttributesAt | undefined {
  const versionIn = versionsByName(versions)
  // What was set at once has one version, which is made once.
  const versionAt = new Map<number, string>()
  const changed = new Map<string, string>()
  for (const [name, { at }] of set) {
    const known = versionIn(name)
    const version = versionAt.get(at) ?? attributeVersion(at, run, '')
    versionAt.set(at, version)
    // What this run has set may be in a copy of another run already.
    if (!isOfRun(known, run) || version > known)
      changed.set(name, version > known ? version : attributeVersion(at, run, known))
  }
  return changed.size === 0 ? versions : withVersions(versions, changed)
}

/** Returns a function that gives the version of an attribute; empty if nothing is known of it. */
function versionsByName({ all = '', some = {} }: AttributesAt = {}): (name: string) => string {
  const byName = new Map(
    Object.entries(some).flatMap(([version, names]) => names.map((name) => [name, version] as const)),
  )
  return (name) => byName.get(name) ?? all
}

const versionsIn = ({ all = '', some = {} }: AttributesAt = {}): string[] => [all, ...Object.keys(some)]
const runOf = (version: string): string => version.slice(2 + TIME_DIGITS)
const isOfRun = (version: string, run: string): boolean => version.startsWith('t') && runOf(version) === run

/** The latest of these versions; empty if there is none. */
export function latestVersion(versions?: AttributesAt): string {
  return versionsIn(versions).sort().at(-1) ?? ''
}

/**
 * The versions after the attributes in `set` got new ones. All others keep theirs, since other copies may have attributes that the
 * caller does not know. But if the list of single attributes gets longer than `MAX_SOME`, all get the latest version.
 */
export function withVersions(versions: AttributesAt | undefined, set: ReadonlyMap<string, string>): AttributesAt {
  const { all, some = {} } = versions ?? {}
  // Each name takes at least two characters more in the list: it need not be made if it would be too long.
  const length = [...set.keys()].reduce((sum, name) => sum + name.length + 2, 0)
  if (length > MAX_SOME) return { all: [latestVersion(versions), ...set.values()].reduce(later) }
  const others = Object.entries(some).map(([at, names]) => [at, names.filter((name) => !set.has(name))] as const)
  const byVersion = new Map(others)
  for (const name of [...set.keys()].sort()) addTo(byVersion, set.get(name) ?? '', name)
  const next = Object.fromEntries([...byVersion].filter(([, names]) => names.length > 0))
  if (JSON.stringify(next).length > MAX_SOME) return { all: latestVersion({ ...versions, some: next }) }
  return { ...(all !== undefined && { all }), some: next }
}

const later = (a: string, b: string): string => (a > b ? a : b)

/** Adds to a list in place: copying it for each of 20,000 attributes would take seconds. */
function addTo(lists: Map<string, string[]>, version: string, name: string): void {
  const names = lists.get(version)
  if (names) names.push(name)
  else lists.set(version, [name])
}

/** Gives all attributes one version. Call it only once every store was read: then no copy has other attributes that are as new. */
export function foldVersions(versions: AttributesAt | undefined): AttributesAt | undefined {
  return versions?.some ? { all: latestVersion(versions) } : versions
}

/** The versions as a field of a record. They are omitted if they say no more than its revision. */
export function versionsField(
  versions: AttributesAt | undefined,
  record: Pick<Versioned, 'attributes' | 'revision' | 'run'>,
): Pick<Versioned, 'attributesAt'> {
  if (!versions) return {}
  const isImplied = !versions.some && versions.all === impliedVersion(record) && record.attributes !== undefined
  return isImplied ? {} : { attributesAt: versions }
}

/**
 * Joins the attributes of two copies: each attribute from the copy that has the later version of it. An attribute that a copy
 * does not have counts as removed only if the version `all` of that copy says so. Commutative, associative and idempotent.
 */
export function joinAttributes(
  a: Versioned,
  b: Versioned,
  joined: Pick<Versioned, 'revision' | 'run'>,
): AttributeFields {
  return fieldsOf(joinKnown(knownOf(a), knownOf(b)), joined)
}

/**
 * The attributes of a record as it was stored. If their checksum is not the stored one, somebody edited them, or a release that
 * knows no versions set them. Then these attributes count, with a version that is later than all stored ones.
 */
export function readAttributes(record: Versioned): AttributeFields {
  const { attributes, attributesAt } = record
  const stored = attributes === undefined ? {} : { attributes }
  if (!attributesAt) return stored
  const { sum, ...versions } = attributesAt
  if (sum === sumOf(attributes)) return fieldsOf(knownOf({ ...record, attributesAt: versions }), record)
  const [last, implied] = [latestVersion(versions), impliedVersion(record)]
  return { ...stored, ...versionsField({ all: last < implied ? implied : `${last}+` }, record) }
}

/** The versions as they are stored: with a checksum of the attributes, by which an edit is noticed. */
export function writtenVersions({ attributes, attributesAt }: Versioned): AttributesAt | undefined {
  return attributesAt && { ...attributesAt, sum: sumOf(attributes) }
}

const sums = new WeakMap<object, string>()
/** A short checksum of attributes, whatever the order of their keys. */
function sumOf(attributes: unknown): string {
  const isObject = typeof attributes === 'object' && attributes !== null
  const known = isObject ? sums.get(attributes) : undefined
  if (known !== undefined) return known
  const text = attributes === undefined ? '' : canonical(attributes)
  const sum = createHash('sha256').update(text).digest('base64url').slice(0, 10)
  // Kept, since a session writes its attributes again with each change of its record.
  if (isObject && Object.isFrozen(attributes)) sums.set(attributes, sum)
  return sum
}

function knownOf(record: Versioned): Known {
  const { attributes } = record
  const { all = '', some = {} } = versionsOf(record) ?? {}
  const present = isObject(attributes) ? new Map(Object.entries(attributes)) : new Map<string, unknown>()
  const entries = Object.entries(some).flatMap(([version, names]) =>
    names.map((name) => [name, { version, value: present.get(name) }] as const),
  )
  return known(all, attributes, new Map(entries))
}

/** Drops the single attributes that are not later than `version`, so that equal knowledge has one form. */
function known(version: string, value: unknown, entries: ReadonlyMap<string, Entry>): Known {
  const some = new Map([...entries].filter(([, entry]) => entry.version > version))
  if (some.size === 0) return { version, value: version === '' ? undefined : value, some }
  const rest = version !== '' && isObject(value) ? Object.entries(value).filter(([name]) => !some.has(name)) : []
  return { version, value: Object.fromEntries(rest), some }
}

function joinKnown(a: Known, b: Known): Known {
  const [later, earlier] = a.version < b.version ? [b, a] : [a, b]
  const value = later.version === earlier.version ? sameVersion(later.value, earlier.value) : later.value
  const some = new Map(a.some)
  for (const [name, entry] of b.some) {
    const other = some.get(name)
    some.set(name, other ? laterEntry(other, entry) : entry)
  }
  return known(later.version, value, some)
}

function laterEntry(a: Entry, b: Entry): Entry {
  if (a.version !== b.version) return a.version > b.version ? a : b
  return { version: a.version, value: larger(a.value, b.value) }
}

/** Two values of one version differ only if a person edited one, or in attributes that `some` replaces. Any fixed rule will do. */
function sameVersion(a: unknown, b: unknown): unknown {
  if (sameJson(a, b)) return a
  if (!isObject(a) || !isObject(b)) return isObject(a) ? a : isObject(b) ? b : larger(a, b)
  const names = new Set([...Object.keys(a), ...Object.keys(b)])
  return Object.fromEntries([...names].map((name) => [name, larger(own(a, name), own(b, name))]))
}

const own = (of: object, name: string): unknown => (Object.hasOwn(of, name) ? Reflect.get(of, name) : undefined)

function larger(a: unknown, b: unknown): unknown {
  if (a === undefined) return b
  if (b === undefined) return a
  return canonical(a) > canonical(b) ? a : b
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function fieldsOf({ version, value, some }: Known, record: Pick<Versioned, 'revision' | 'run'>): AttributeFields {
  if (version === '' && some.size === 0) return {}
  const set = [...some].flatMap(([name, entry]) => (entry.value === undefined ? [] : [[name, entry.value] as const]))
  const attributes = some.size === 0 ? value : Object.fromEntries([...Object.entries(value as object), ...set])
  const byVersion = new Map<string, string[]>()
  for (const name of [...some.keys()].sort()) addTo(byVersion, some.get(name)?.version ?? '', name)
  const versions = {
    ...(version !== '' && { all: version }),
    ...(some.size > 0 && { some: Object.fromEntries(byVersion) }),
  }
  return {
    ...(attributes !== undefined && { attributes }),
    ...versionsField(versions, { ...record, attributes }),
  }
}
