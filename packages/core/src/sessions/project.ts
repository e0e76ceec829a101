import { type JsonObject, type JsonValue, SCHEMA_VERSION, type StoredRecord } from '@sessionkeep/contracts'
import {
  type AttributeCheck,
  attributeVersion,
  countsField,
  countsOf,
  deepFreeze,
  joinPast,
  latestVersion,
  pastField,
  patched,
  sameJson,
  sumOf,
  versionsAfter,
  versionsField,
  versionsOf,
  withCountOf,
} from '@sessionkeep/contracts/internal'
import {
  type Derived,
  type DerivedAttributes,
  isLiving,
  lastActivityOf,
  noAttributes,
  requestsOf,
  type Session,
  statusOf,
  triesOf,
} from './session.ts'

/** Makes the record of a session from what earlier runs stored, what this run did, and guesses for the rest. */
export function project(session: Session, pool: string): StoredRecord {
  const { hosted, past, own, derived, life } = session
  const { stored, setAside, versions } = derived.attributes()
  const attributes = stored ?? setAside
  const extra = past?.extra ?? {}
  const areBoth = stored !== undefined && setAside !== undefined
  return {
    sessionName: hosted.sessionName,
    workspace: session.workspace,
    createdAt: derived.createdAt,
    lastActivityAt: lastActivityOf(session),
    totalRequests: requestsOf(session),
    ...countsField(withCountOf(past ? countsOf(past) : {}, life, own.requests)),
    status: statusOf(session),
    ...(hosted.incarnation === undefined ? {} : { incarnation: hosted.incarnation }),
    pool,
    revision: session.revision,
    run: session.run,
    ...(attributes === undefined ? {} : { attributes }),
    ...versionsField(versions, { attributes, revision: session.revision, run: session.run }),
    ...(session.proven ? {} : { takenIn: true as const }),
    ...startFields(session),
    ...endFields(session),
    ...pastField(joinPast(session.earlier, past?.past)),
    schemaVersion: SCHEMA_VERSION,
    // Stored attributes that failed their schema are kept in `extra` when this run has set newer ones.
    extra: areBoth ? { ...extra, attributesSetAside: setAside as JsonValue } : extra,
  }
}

/** The fields that say how this incarnation was started. A stored record wins, since this run may only have found the session. */
export function startFields(
  session: Session,
): Pick<StoredRecord, 'generation' | 'startedAt' | 'boot' | 'place' | 'pid' | 'tries'> {
  const isOwn = session.outcome === 'created' || session.past === undefined
  const { generation, startedAt, boot, place } = (isOwn ? session.started : session.past) ?? {}
  const tries = triesOf(session)
  const { pid = session.past?.pid } = session.hosted
  return {
    ...(generation !== undefined && { generation }),
    ...(startedAt !== undefined && { startedAt }),
    ...(boot !== undefined && { boot }),
    ...(place !== undefined && { place }),
    ...(pid !== undefined && { pid }),
    ...(tries !== undefined && { tries }),
  }
}

/** The fields of the last record of a session, and of one that the pool is about to end. */
export function endFields(session: Session): Pick<StoredRecord, 'expiresAt' | 'ended'> {
  if (isLiving(session)) return session.intent ? { ended: session.intent.ended } : {}
  const { expiresAt, ended = session.past?.ended } = session
  return { ...(expiresAt !== undefined && { expiresAt }), ...(ended && { ended }) }
}

/** Computes what depends on the stored record, the guesses and the attributes that this run has set. `now` is in ms since the epoch. */
export function derive(session: Session, check: AttributeCheck, now: number): Derived {
  const { past, guess, life } = session
  const createdAt = past ? createdAtFrom(past.createdAt, guess, now) : guess.createdAt
  // Measured again when needed, since the record may have brought other attributes.
  session.own.sizes = undefined
  // A session that was resumed keeps the time of the first one, which is older than what this run created.
  const isOwn = guess.origin === 'created' && createdAt === guess.createdAt
  const isStored = past !== undefined && !isOwn && createdAt === past.createdAt
  return {
    createdAt,
    origin: isStored ? 'stored' : guess.origin,
    otherRequests: past ? sumOf(countsOf(past), life) : 0,
    attributes: lazyAttributes(session, check),
  }
}

/**
 * The time of creation, ms since the epoch: the stored one, except that an exact guess wins when it is older, and the host's
 * guess wins over a stored time in the future.
 */
function createdAtFrom(stored: number, { origin, createdAt }: Session['guess'], now: number): number {
  const isExact = origin === 'stamp' || origin === 'created'
  return isExact || (origin === 'host' && stored > now) ? Math.min(stored, createdAt) : stored
}

/** Returns a function that puts the attributes together at its first call. It must be made anew when they change. */
export function lazyAttributes(session: Session, check: AttributeCheck): () => DerivedAttributes {
  const { past, own } = session
  if (past?.attributes === undefined && past?.attributesAt === undefined && own.attributes.size === 0)
    return noAttributes
  let made: DerivedAttributes | undefined
  return () => {
    made ??= deriveAttributes(session, check)
    return made
  }
}

/** Merges the attributes that this run has set into the stored ones. Stored attributes that fail their schema are set aside. */
function deriveAttributes(session: Session, check: AttributeCheck): DerivedAttributes {
  const { past, own } = session
  const stored = past?.attributes
  const valid = stored === undefined ? undefined : check(stored)
  const base = valid?.ok ? (stored as JsonObject) : {}
  const all = own.attributes.size > 0 ? patched(base, own.attributes) : base
  const attributes = valid?.ok || own.attributes.size > 0 ? deepFreeze(all) : undefined
  const shown = attributes && check(attributes)
  return {
    stored: attributes,
    shown: shown?.ok ? deepFreeze(shown.value) : undefined,
    setAside: valid && !valid.ok ? stored : undefined,
    versions: versionsOfAttributes(session, valid?.ok === false),
  }
}

/**
 * The versions of the attributes. Memory leads, so what this run has set is newer than all that was stored. A session that this run
 * created had no other attributes when it was created, and attributes that are set aside are replaced as a whole.
 */
function versionsOfAttributes({ past, own, life, outcome, guess }: Session, isReplaced: boolean) {
  const stored = past && versionsOf(past)
  if (own.attributes.size === 0) return stored
  const latest = Math.max(...[...own.attributes.values()].map(({ at }) => at))
  if (isReplaced) return { all: attributeVersion(latest, life, latestVersion(stored)) }
  const all = attributeVersion(guess.createdAt, life, '')
  return versionsAfter(outcome === 'created' ? { all, ...stored } : stored, own.attributes, life)
}

/** Whether two records are equal in everything except revision and run. */
export const sameContent = (a: StoredRecord, b: StoredRecord): boolean => sameJson(content(a), content(b))

const content = ({ revision: _revision, run: _run, ...rest }: StoredRecord): object => rest
