import { codeOf } from '../errors/code-of.ts'
import type { Ended } from '../record/session-metadata.ts'
import type { EventMessage } from './diagnostics.ts'

/** The parts of an event's payload that messages are made from. */
interface Payload {
  readonly session?: { readonly workspace: string; readonly sessionName: string; readonly ended?: Ended }
  readonly workspace?: string
  readonly store?: string
  readonly host?: string
  readonly outcome?: string
  readonly from?: unknown
  readonly to?: readonly string[]
  readonly layer?: string
  readonly error?: unknown
}

/** Makes the message of an event for diagnostics: names, codes and causes, and never attributes or what somebody wrote. */
export function eventMessageOf(pool: string, event: string, payload: object): EventMessage {
  const { session, store, host, outcome, from, to, layer, error } = payload as Payload
  const { workspace = session?.workspace } = payload as Payload
  const all = {
    ...{ workspace, sessionName: session?.sessionName, store, host, to, layer },
    outcome: event === 'session:recovered' ? 'recovered' : outcome,
    cause: event === 'session:ended' ? session?.ended?.cause : undefined,
    from: Array.isArray(from) ? (from as readonly string[]) : undefined,
    code: codeOf(error),
  }
  const known = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
  return { pool, event, ...known }
}
