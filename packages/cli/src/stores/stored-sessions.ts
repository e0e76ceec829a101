import { redactFields } from '@sessionkeep/contracts/errors'
import { parseRecord, type StoredRecord } from '@sessionkeep/core/store'
import * as z from 'zod'
import type { OpenStore } from './open.ts'
import { isUnavailable, recordsOf } from './records.ts'

/** A session as a store or a gateway shows it. Both have further fields, which are passed on. */
export const session = z.looseObject({
  ...{ workspace: z.string(), sessionName: z.string(), createdAt: z.number(), lastActivityAt: z.number() },
  ...{ totalRequests: z.number(), status: z.enum(['active', 'idle', 'draining']), attributes: z.unknown().optional() },
  ...{ incarnation: z.string().optional(), pool: z.string().optional(), revision: z.number().optional() },
  ended: z
    .looseObject({
      ...{ at: z.number(), cause: z.string(), screen: z.string().optional() },
      ...{ exitCode: z.number().optional(), signal: z.number().optional() },
    })
    .optional(),
  ...{ expiresAt: z.number().optional(), past: z.array(z.unknown()).optional() },
})

/** A session as a store or a gateway shows it. */
export type Session = z.infer<typeof session>

/** A record that this release cannot read, or that the store cannot read now. */
export const oddRecord = z.strictObject({ name: z.string(), code: z.string(), why: z.string() })

/** A record that this release cannot read, or that the store cannot read now. */
export type OddRecord = z.infer<typeof oddRecord>

/**
 * Everything that a store has: sessions, and what cannot be read as one. Rejects if there is no session and a record cannot be
 * read now, since the store itself may be away.
 */
export async function storedSessions(from: OpenStore): Promise<{ sessions: Session[]; odd: OddRecord[] }> {
  const found: Array<readonly [name: string, session: Session]> = []
  const odd: OddRecord[] = []
  let refusal: Error | undefined
  for await (const [name, stored] of recordsOf(from, undefined, true)) {
    if ('fault' in stored) {
      const { code } = stored.reason
      if (isUnavailable(code)) refusal ??= stored.reason
      odd.push({ name, code, why: stored.fault })
      continue
    }
    const copy = parseRecord(name, stored.value)
    if (copy.kind === 'found') found.push([name, shown(copy.record)])
    else if (copy.kind === 'unreadable') odd.push({ name, code: 'STORE_RECORD_UNREADABLE', why: copy.reason })
    else if (copy.kind === 'newer') {
      const why = `a later release wrote it (schemaVersion ${copy.schemaVersion})`
      odd.push({ name, code: 'STORE_RECORD_NEWER', why })
    }
  }
  if (refusal && found.length === 0) throw refusal
  return { sessions: withoutSpares(found), odd }
}

/** How the names of spare records begin. Such a record is a second copy of one, for as long as two sessions swap their names. */
const SPARE = 'sessionkeep-swap~'

/** The sessions of these records, without spare records of which another record has the session, too. */
function withoutSpares(found: ReadonlyArray<readonly [name: string, session: Session]>): Session[] {
  const [spares, others] = [true, false].map((isSpare) =>
    found.filter(([name]) => name.startsWith(SPARE) === isSpare).map(([, session]) => session),
  ) as [Session[], Session[]]
  const keyOf = ({ workspace, incarnation }: Session) => JSON.stringify([workspace, incarnation])
  const known = new Set(others.map(keyOf))
  return [...others, ...spares.filter((spare) => !known.has(keyOf(spare)))]
}

/** Whether the record is that of a session that has ended. */
export function hasEnded({ expiresAt, ended }: Pick<Session, 'expiresAt' | 'ended'>): boolean {
  return expiresAt !== undefined || ended !== undefined
}

/**
 * Puts the fields that this release does not know next to the others. Credentials are masked as in the answers of a gateway, because
 * people paste what they see into reports.
 */
function shown({ extra, ...known }: StoredRecord): Session {
  return session.parse(redactFields({ ...known, ...extra }))
}
