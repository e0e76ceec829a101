import { performance } from 'node:perf_hooks'
import { atMost, withDeadline } from '../../base/timeout.ts'
import type { HostSession } from '../../contracts/session-host.ts'
import type { Survey } from '../../discovery/discover.ts'
import { noteDeparted } from '../../discovery/end-session.ts'
import type { Reconciliation } from '../../discovery/reconcile-types.ts'
import { codeOf } from '../../errors/code-of.ts'
import { PoolError } from '../../errors/pool-error.ts'
import type { AttributePatch } from '../../sessions/attributes.ts'
import { identityOf } from '../../sessions/identity.ts'
import { overlayAttributes } from '../../sessions/merge-stored.ts'
import type { PoolCore } from '../../sessions/pool-core.ts'
import { createEntry, type Entry } from '../../sessions/session.ts'
import type { LaunchOptions } from '../resolve-options.ts'

export interface Wanted {
  readonly workspace: string
  readonly sessionName: string
  readonly attributes: AttributePatch | undefined
  readonly launch: LaunchOptions
}

/** Makes the session, waits until it is ready, and enters it; if the host has that name already, takes what is there. */
export async function createSession(core: PoolCore, survey: Survey, wanted: Wanted): Promise<Entry> {
  const createdAt = Date.now()
  const session = await make(core, wanted, createdAt).catch(async (error: unknown) => {
    if (codeOf(error) !== 'SESSION_EXISTS') throw error
    return existing(core, survey, wanted, createdAt, error)
  })
  if ('delta' in session) return session
  core.departed.delete(identityOf(session))
  await untilReady(core, session, wanted.workspace)
  return enter(core, session, wanted, createdAt)
}

/** What `launch` says; a launch that never answers must not hold its place among the sessions for ever. */
async function launched(
  { options }: PoolCore,
  workspace: string,
  attributes: AttributePatch | undefined,
): Promise<LaunchOptions> {
  const { launch, readyTimeoutMs } = options
  if (!launch) return {}
  const said = Promise.resolve(launch(workspace, attributes && Object.fromEntries(attributes)))
  const answer = await atMost(
    readyTimeoutMs,
    said.then((options) => ({ options })),
  )
  if (answer) return answer.options
  throw new PoolError(
    'SESSION_NOT_READY',
    `launch() of ${workspace} did not answer within ${readyTimeoutMs} ms; nothing was made.`,
    { context: { workspace } },
  )
}

async function make(core: PoolCore, wanted: Wanted, createdAt: number): Promise<HostSession> {
  const { host } = core.options
  const { workspace, sessionName, attributes } = wanted
  const byPool = await launched(core, workspace, attributes)
  const { cwd, env, command, cols, rows } = { ...byPool, ...defined(wanted.launch) }
  return host.create(sessionName, { workspace, pool: core.key, createdAt, cwd, env, command, cols, rows })
}

/** The host had a session of that name: ours after all, a dead one of ours to be replaced, or somebody else's. */
async function existing(
  core: PoolCore,
  survey: Survey,
  wanted: Wanted,
  createdAt: number,
  cause: unknown,
): Promise<Entry | HostSession> {
  const { workspace, sessionName } = wanted
  // What is there may be taken now; the place is kept.
  core.creating.set(sessionName, { hidden: false })
  const { hostError, reconciliation } = await survey()
  if (hostError) throw hostError
  const entry = core.memory.get(workspace)
  if (entry) return entry
  const ended = endedOf(core, reconciliation, sessionName)
  if (!ended) {
    throw new PoolError(
      'SESSION_FOREIGN',
      `A session named ${sessionName} is there, and is not this pool's; end or rename it, or choose another sessionPrefix.`,
      {
        cause,
        context: { workspace, sessionName },
      },
    )
  }
  core.creating.set(sessionName, { hidden: true })
  await core.options.host.kill(ended)
  core.notReady.delete(identityOf(ended))
  return make(core, wanted, createdAt)
}

/** A session of ours under that name which is not to be handed out: its command has ended, or it never became ready. */
function endedOf(core: PoolCore, { exited, findings }: Reconciliation, sessionName: string): HostSession | undefined {
  const failed = findings.map(({ session }) => session).filter((session) => core.notReady.has(identityOf(session)))
  return [...exited, ...failed].find((session) => session.sessionName === sessionName && session.pool === core.key)
}

async function untilReady(core: PoolCore, session: HostSession, workspace: string): Promise<void> {
  const { ready, readyTimeoutMs, host } = core.options
  if (!ready) return
  try {
    await withDeadline(`ready() of ${workspace}`, readyTimeoutMs, async () => ready({ ...session, workspace }))
  } catch (cause) {
    try {
      await host.kill(session)
      noteDeparted(core, session)
    } catch (error) {
      core.notReady.add(identityOf(session))
      core.logger.error(
        { workspace, sessionName: session.sessionName, err: error },
        'A session that was not ready could not be ended',
      )
    }
    const message = cause instanceof Error ? cause.message : String(cause)
    throw new PoolError(
      'SESSION_NOT_READY',
      `The session of ${workspace} was made, did not become ready, and was ended: ${message}`,
      {
        cause,
        context: { workspace },
      },
    )
  }
}

async function enter(core: PoolCore, session: HostSession, wanted: Wanted, createdAt: number): Promise<Entry> {
  const { workspace, sessionName, attributes } = wanted
  const entry = createEntry({
    workspace,
    session,
    outcome: 'created',
    proven: true,
    origin: 'created',
    createdAt: session.createdAt ?? createdAt,
    lastActivityAt: createdAt,
    run: core.nextLife(),
    seenAliveAt: performance.now(),
  })
  for (const [key, value] of attributes ?? []) entry.ownAttributes.set(key, value)
  overlayAttributes(entry, core.check)
  core.departures.drop(sessionName)
  core.memory.add(entry)
  core.memory.touch(entry)
  core.creating.delete(sessionName)
  core.events.emit('session:created', { session: core.view(entry) })
  await core.replicas.acknowledge([session.sessionName])
  return entry
}

function defined<T extends object>(options: T): Partial<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<T>
}
