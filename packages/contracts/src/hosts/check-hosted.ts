import { forEachYielding } from '../base/yield-to-event-loop.ts'
import type { HostSession, SessionRef } from '../contracts/session-host.ts'
import { identityOf } from './session-identity.ts'

/** What a host listed. */
export interface HostListing {
  readonly live: HostSession[]
  /** What could be read of each row that is no session. The session that it stands for may live, so it counts as unknown. */
  readonly unreadable: ReadonlyArray<Partial<SessionRef>>
}

type Kind = 'text' | 'time' | 'count' | 'flag' | 'end'

/** The kind of each field. A row is copied field by field, since the object that a host returns may change, or throw. */
const FIELDS: Readonly<Record<keyof HostSession, Kind>> = {
  sessionName: 'text',
  incarnation: 'text',
  createdAt: 'time',
  createdAtSource: 'text',
  lastActivityAt: 'time',
  attached: 'flag',
  pid: 'count',
  foreground: 'text',
  exited: 'flag',
  end: 'end',
  pool: 'text',
  workspace: 'text',
  resumes: 'text',
  takenIn: 'flag',
  stampFault: 'text',
  madeFor: 'text',
}

const NAMES = Object.keys(FIELDS) as Array<keyof HostSession>

/** The longest text in a row, in characters. No name or stamp is as long, and texts of rows get into logs and records. */
const MAX_TEXT = 4096

/** The longest screen of a session that ended, in characters. */
const MAX_SCREEN = 65_536

function isEnd(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const { at, exitCode, signal, screen } = value as Readonly<Record<string, unknown>>
  const areNumbers = [at, exitCode, signal].every((one) => one === undefined || Number.isFinite(one))
  return areNumbers && (screen === undefined || (typeof screen === 'string' && screen.length <= MAX_SCREEN))
}

const IS: Readonly<Record<Kind, (value: unknown) => boolean>> = {
  text: (value) => typeof value === 'string' && value !== '' && value.length <= MAX_TEXT,
  time: (value) => typeof value === 'number' && Number.isFinite(value) && value >= 0,
  count: (value) => Number.isSafeInteger(value) && Number(value) > 0,
  flag: (value) => typeof value === 'boolean',
  end: isEnd,
}

/** Reads a field once. `isWrong`: it has a value of another kind, reading it fails, or it is an absent session name. */
function fieldOf(row: object, field: keyof HostSession): { readonly value?: unknown; readonly isWrong: boolean } {
  try {
    const given = (row as Readonly<Record<string, unknown>>)[field]
    const value: unknown = FIELDS[field] === 'end' && typeof given === 'object' ? { ...given } : given
    if (value === undefined) return { isWrong: field === 'sessionName' }
    return IS[FIELDS[field]](value) ? { value, isWrong: false } : { isWrong: true }
  } catch {
    return { isWrong: true }
  }
}

/** Copies a session that a host returned. If it is not what {@link HostSession} demands, the result is what identifies it. */
export function checkHosted(row: unknown): { readonly session: HostSession } | { readonly part: Partial<SessionRef> } {
  if (typeof row !== 'object' || row === null) return { part: {} }
  const copy: Record<string, unknown> = {}
  let isWrong = false
  for (const field of NAMES) {
    const read = fieldOf(row, field)
    if (read.value !== undefined) copy[field] = read.value
    isWrong ||= read.isWrong
  }
  if (!isWrong) return { session: copy as unknown as HostSession }
  const { sessionName, incarnation } = copy as Partial<SessionRef>
  return {
    part: { ...(sessionName !== undefined && { sessionName }), ...(incarnation !== undefined && { incarnation }) },
  }
}

/** Checks each row of a listing. Of rows with the same identity the first counts. It pauses among thousands of rows. */
export async function checkListing(rows: readonly unknown[]): Promise<HostListing> {
  const live = new Map<string, HostSession>()
  const unreadable: Array<Partial<SessionRef>> = []
  await forEachYielding(rows, (row) => {
    const checked = checkHosted(row)
    if ('part' in checked) return unreadable.push(checked.part)
    const identity = identityOf(checked.session)
    if (!live.has(identity)) live.set(identity, checked.session)
  })
  return { live: [...live.values()], unreadable }
}

/** Returns a function that says whether a session may be one of the rows that could not be read. */
export function mayBeUnreadable(rows: HostListing['unreadable']): (session: Partial<SessionRef>) => boolean {
  const named = new Set(rows.map(({ sessionName }) => sessionName))
  const identified = new Set(rows.map(({ incarnation }) => incarnation))
  const isNothingKnown = rows.some(
    ({ sessionName, incarnation }) => sessionName === undefined && incarnation === undefined,
  )
  return ({ sessionName, incarnation }) =>
    isNothingKnown ||
    (sessionName !== undefined && named.has(sessionName)) ||
    (incarnation !== undefined && identified.has(incarnation))
}
