import { SCHEMA_VERSION } from '@sessionkeep/contracts'
import { deepFreeze, joinPast, pastField } from '@sessionkeep/contracts/internal'
import { type FactSources, withPresentFacts } from './facts.ts'
import { endFields, startFields } from './project.ts'
import { type Durability, lastActivityOf, requestsOf, type Session, type SessionView, statusOf } from './session.ts'

/** The view of a session. It is the same object as before when nothing has changed, so that callers can compare views. */
export function viewOf(
  session: Session,
  pool: string,
  durability: Durability,
  sources: FactSources,
): SessionView<unknown> {
  const { cachedView, viewedFrom, derived } = session
  if (cachedView && viewedFrom === derived && isUpToDate(cachedView, session, durability)) return cachedView
  const view = toView(session, pool, durability, sources)
  session.cachedView = view
  session.viewedFrom = derived
  return view
}

/** Whether a view shows what is known of its session now. The fields that are not compared change only when the revision does. */
function isUpToDate(view: SessionView<unknown>, session: Session, { verified, saved }: Durability): boolean {
  const { hosted, past } = session
  return (
    view.revision === session.revision &&
    view.activeRequests === session.activeRequests &&
    view.verified === verified &&
    view.saved === saved &&
    (view.takenIn !== true) === session.proven &&
    view.sessionName === hosted.sessionName &&
    view.attached === (hosted.attached ?? false) &&
    view.foreground === hosted.foreground &&
    view.pid === (hosted.pid ?? past?.pid)
  )
}

/**
 * Makes the frozen view of a session. All views have the same getters, and begin with the same fields in one literal. So they
 * share one shape; a view with a shape of its own would take a kilobyte more.
 */
function toView(
  session: Session,
  pool: string,
  { verified, saved }: Durability,
  sources: FactSources,
): SessionView<unknown> {
  const { hosted, derived } = session
  const { incarnation, attached = false, foreground } = hosted
  const { shown } = derived.attributes()
  const start = startFields(session)
  const past = deepFreeze(joinPast(session.earlier, session.past?.past))
  const previous = start.generation === undefined ? undefined : past[0]?.ended
  const view = {
    sessionName: hosted.sessionName,
    workspace: session.workspace,
    createdAt: derived.createdAt,
    lastActivityAt: lastActivityOf(session),
    totalRequests: requestsOf(session),
    status: statusOf(session),
    pool,
    revision: session.revision,
    run: session.run,
    schemaVersion: SCHEMA_VERSION as typeof SCHEMA_VERSION,
    activeRequests: session.activeRequests,
    origin: derived.origin,
    verified,
    saved,
    attached,
    ...(incarnation !== undefined && { incarnation }),
    ...(!session.proven && { takenIn: true as const }),
    ...start,
    ...endFields(session),
    ...pastField(past),
    ...(shown !== undefined && { attributes: shown }),
    ...(previous && { previous }),
    ...(foreground !== undefined && { foreground }),
  }
  return Object.freeze(withPresentFacts(view, session, sources))
}
