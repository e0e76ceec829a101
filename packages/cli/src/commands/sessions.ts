import { CodedError } from '@sessionkeep/core/store'
import * as z from 'zod'
import type { Call } from '../command.ts'
import { CliError, EXIT, type ExitCode, type NextStep } from '../errors.ts'
import { sessionList } from '../gateway/answers.ts'
import { findGateway, type GatewayInput, gatewayFlags, gatewayInput } from '../gateway/find.ts'
import type { Io } from '../io.ts'
import { openSource } from '../stores/open.ts'
import { isUnavailable } from '../stores/records.ts'
import { storeChoice } from '../stores/store-choice.ts'
import {
  hasEnded,
  type OddRecord,
  oddRecord,
  type Session,
  session,
  storedSessions,
} from '../stores/stored-sessions.ts'
import { plain } from '../text/plain.ts'
import { table } from '../text/table.ts'
import { duration } from '../text/times.ts'
import { type OpeningInput, openingFlags, openingInput, openingOf, storeFlag } from './shared.ts'

/** Options of the commands that show sessions. */
export const sessionFlags = [storeFlag, ...gatewayFlags, ...openingFlags]

export const sessionInput = { ...openingInput, ...gatewayInput, store: z.string().optional() }

/** Where an answer is from: the running gateway, or a store. */
const sourceAnswer = { source: z.enum(['gateway', 'store']), from: z.string() }

/** The fields of the answers that list sessions. */
export const sessionsAnswer = {
  ...sourceAnswer,
  sessions: z.array(session),
  unreadable: z.array(oddRecord),
}

/** The fields of the answer about one session. */
export const oneAnswer = { ...sourceAnswer, session }

/** The sessions that a gateway or a store has. */
interface Found {
  readonly source: 'gateway' | 'store'
  readonly from: string
  readonly sessions: Session[]
  readonly odd: OddRecord[]
}

/** Reads the sessions of the running gateway. With `--store`, or if no gateway runs, reads those of a store. */
export async function readSessions(
  call: Call<OpeningInput & GatewayInput & { readonly store?: string | undefined }>,
): Promise<Found> {
  const { io, input } = call
  const gateway = input.store === undefined ? await findGateway(call) : undefined
  if (gateway) {
    const [living, ended] = await Promise.all(
      ['/sessions', '/ended'].map((path) => gateway.call('GET', path, sessionList)),
    )
    const sessions = [...(living?.sessions ?? []), ...(ended?.sessions ?? []).map(asEnded)]
    return { source: 'gateway', from: gateway.label, sessions, odd: [] }
  }
  const from = await openSource(await storeChoice(input.store ?? 'auto', io, input.config), await openingOf(call))
  try {
    return { source: 'store', from: from.store.name, ...(await storedSessions(from)) }
  } finally {
    await from.store.close()
  }
}

/** Marks a session of the route `/ended` as ended, even if its record does not say how it ended. */
function asEnded(given: Session): Session {
  return hasEnded(given) ? given : { ...given, ended: { at: given.lastActivityAt, cause: 'unknown' } }
}

/** A line for each session. */
export function sessionTable(sessions: readonly Session[], io: Pick<Io, 'columns' | 'now'>): string {
  const now = io.now()
  const rows = sessions.map((each) => [
    each.workspace,
    each.sessionName,
    hasEnded(each) ? 'ended' : each.status,
    String(each.totalRequests),
    duration(now - each.createdAt),
    `${duration(now - each.lastActivityAt)} ago`,
  ])
  return table(['WORKSPACE', 'SESSION', 'STATUS', 'REQUESTS', 'AGE', 'LAST ACTIVITY'], rows, io)
}

/** A line for each record that cannot be read. */
export function oddLines(odd: readonly OddRecord[]): string[] {
  return odd.map(({ name, why }) => `unreadable: ${plain(name)}: ${plain(why)}`)
}

/** The exit code of a command that lists sessions: a record that cannot be read now may be of a session that the list lacks. */
export function listExitCode(odd: readonly OddRecord[]): ExitCode {
  return odd.some(({ code }) => isUnavailable(code)) ? EXIT.error : EXIT.clean
}

/** What to do if there are records that cannot be read. */
export function oddSteps(odd: readonly OddRecord[]): NextStep[] {
  return odd.length > 0 ? [{ do: 'Find out what is wrong.', command: 'sessionkeep doctor' }] : []
}

/**
 * Finds a session by its workspace, or else by its name. If there are several, returns the one that was used last.
 *
 * @throws `CLI_NOT_FOUND`, or the code of a record that cannot be read now, since the session may be in it
 */
export function findSession({ sessions, odd }: Pick<Found, 'sessions' | 'odd'>, wanted: string): Session {
  const newest = (found: readonly Session[]) =>
    found.toSorted((a, b) => Number(hasEnded(a)) - Number(hasEnded(b)) || b.lastActivityAt - a.lastActivityAt)[0]
  const found =
    newest(sessions.filter(({ workspace }) => workspace === wanted)) ??
    newest(sessions.filter(({ sessionName }) => sessionName === wanted))
  if (found) return found
  const away = odd.filter(({ code }) => isUnavailable(code))
  const one = away.find(({ name }) => name === wanted) ?? away[0]
  if (one) {
    const message = `The session of workspace ${JSON.stringify(wanted)} may be in the record ${one.name}, which cannot be read now: ${one.why}`
    throw new CodedError(one.code, message)
  }
  const unread = odd.length === 0 ? '' : ` among the records that can be read (${odd.length} cannot)`
  throw new CliError('CLI_NOT_FOUND', `There is no session of workspace ${JSON.stringify(wanted)}${unread}.`)
}
