import { canonical } from './canonical.ts'
import { MAX_PAST, MAX_PAST_ATTRIBUTES } from './limits.ts'
import type { Ended, PastSession, SessionMetadata } from './session-metadata.ts'

/**
 * The field `past` of the successor of this record's session: this session first, then its own past. The attributes of this
 * session are kept if their JSON has at most `MAX_PAST_ATTRIBUTES` characters.
 */
export function pastOf(record: SessionMetadata<unknown>): PastSession[] {
  const { incarnation, createdAt, startedAt = createdAt, generation, ...rest } = record
  const { lastActivityAt, totalRequests, ended, attributes, past = [] } = rest
  const last: PastSession = {
    ...(incarnation === undefined ? {} : { incarnation }),
    createdAt: Math.floor(startedAt),
    lastActivityAt: Math.floor(lastActivityAt),
    totalRequests,
    ...(generation === undefined ? {} : { generation }),
    ...(ended && { ended: withoutScreen(ended) }),
    ...(attributes === undefined || !isSmall(attributes) ? {} : { attributes }),
  }
  return joinPast([last], past)
}

/**
 * Joins two lists of earlier sessions: each session once, newest first, at most `MAX_PAST` of them, with attributes only on
 * the newest. Commutative, associative and idempotent.
 */
export function joinPast(a: readonly PastSession[] = [], b: readonly PastSession[] = []): PastSession[] {
  if (a.length === 0 && b.length === 0) return []
  const joined = new Map<string, PastSession>()
  for (const session of [...a, ...b]) {
    const same = joined.get(keyOf(session))
    joined.set(keyOf(session), same ? joinSame(same, session) : session)
  }
  const newestFirst = [...joined.entries()].sort(([a], [b]) => (a < b ? 1 : -1)).map(([, session]) => session)
  return newestFirst.slice(0, MAX_PAST).map((session, at) => (at === 0 ? session : withoutAttributes(session)))
}

/** The earlier sessions as a field of a record. It is omitted if there are none. */
export function pastField(past: readonly PastSession[]): { readonly past?: readonly PastSession[] } {
  return past.length > 0 ? { past } : {}
}

/** The key by which earlier sessions are sorted and told apart: no other field is the same in every copy of one session. */
function keyOf({ createdAt, incarnation = '' }: PastSession): string {
  return `${String(createdAt).padStart(16, '0')} ${incarnation}`
}

function joinSame(a: PastSession, b: PastSession): PastSession {
  const attributes = larger(a.attributes, b.attributes)
  const generation = larger(a.generation, b.generation) as PastSession['generation']
  const ended = larger(a.ended, b.ended) as PastSession['ended']
  return {
    ...withoutAttributes(a),
    lastActivityAt: Math.max(a.lastActivityAt, b.lastActivityAt),
    totalRequests: Math.max(a.totalRequests, b.totalRequests),
    ...(generation === undefined ? {} : { generation }),
    ...(ended && { ended }),
    ...(attributes === undefined ? {} : { attributes }),
  }
}

/** Chooses between two copies of one value by a fixed rule. They seldom differ, since a session that has ended does not change any more. */
function larger(a: unknown, b: unknown): unknown {
  if (a === undefined) return b
  if (b === undefined) return a
  return canonical(a) > canonical(b) ? a : b
}

function withoutAttributes({ attributes: _attributes, ...session }: PastSession): PastSession {
  return session
}

function withoutScreen({ screen: _1, mayBeShutdown: _2, ...ended }: Ended): Omit<Ended, 'screen'> {
  return ended
}

function isSmall(attributes: unknown): boolean {
  return (JSON.stringify(attributes)?.length ?? 0) <= MAX_PAST_ATTRIBUTES
}
