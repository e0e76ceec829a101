import type { StoredRecord } from '@sessionkeep/core/store'
import * as z from 'zod'
import type { Call } from '../command.ts'
import { CliError } from '../errors.ts'
import { open } from '../stores/open.ts'
import { storeChoice } from '../stores/store-choice.ts'
import { hasEnded, type OddRecord, storedSession, storedSessions } from '../stores/stored-sessions.ts'
import { plain } from '../text/plain.ts'
import { table } from '../text/table.ts'
import { duration } from '../text/times.ts'
import { type OpeningInput, openingFlags, openingInput, openingOf, storeFlag } from './shared.ts'

/** Options of the commands that show sessions. */
export const sessionFlags = [storeFlag, ...openingFlags]

export const sessionInput = { ...openingInput, store: z.string().default('auto') }

/** The fields of the answers that list sessions. */
export const sessionsAnswer = {
  store: z.string(),
  sessions: z.array(storedSession),
  unreadable: z.array(z.strictObject({ name: z.string(), why: z.string() })),
}

/** The sessions of the selected store, and its name. */
export async function readSessions(
  call: Call<OpeningInput & { readonly store: string }>,
): Promise<{ store: string; sessions: StoredRecord[]; odd: OddRecord[] }> {
  const { io, input } = call
  const opening = await openingOf(call)
  const from = await open(await storeChoice(input.store, io, input.config), opening, { readOnly: true })
  try {
    return { store: from.store.name, ...(await storedSessions(from)) }
  } finally {
    await from.store.close()
  }
}

/** A record as the answers show it: what this release does not know stands beside what it knows, as in the store. */
export function shown({ extra, ...known }: StoredRecord): object {
  return { ...known, ...extra }
}

/** A line for each session. */
export function sessionTable(sessions: readonly StoredRecord[], now: number): string {
  const rows = sessions.map((session) => [
    session.workspace,
    session.sessionName,
    hasEnded(session) ? 'ended' : session.status,
    String(session.totalRequests),
    duration(now - session.createdAt),
    `${duration(now - session.lastActivityAt)} ago`,
  ])
  return table(['WORKSPACE', 'SESSION', 'STATUS', 'REQUESTS', 'AGE', 'LAST ACTIVITY'], rows)
}

/** A line for each record that cannot be read. */
export function oddLines(odd: readonly OddRecord[]): string[] {
  return odd.map(({ name, why }) => `unreadable: ${plain(name)}: ${plain(why)}`)
}

/** Finds a session by its workspace, or else by its name; of several, the one that was used last. */
export function findSession(sessions: readonly StoredRecord[], wanted: string): StoredRecord {
  const newest = (found: readonly StoredRecord[]) =>
    found.toSorted((a, b) => Number(hasEnded(a)) - Number(hasEnded(b)) || b.lastActivityAt - a.lastActivityAt)[0]
  const found =
    newest(sessions.filter(({ workspace }) => workspace === wanted)) ??
    newest(sessions.filter(({ sessionName }) => sessionName === wanted))
  if (found) return found
  throw new CliError('CLI_NOT_FOUND', `There is no session of workspace ${JSON.stringify(wanted)}.`)
}
