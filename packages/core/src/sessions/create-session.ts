import { performance } from 'node:perf_hooks'
import type { LaunchOptions } from '../context/options.ts'
import type { PoolCore } from '../context/pool-core.ts'
import type { HostSession } from '../contracts/session-host.ts'
import { noteDeparted } from '../discovery/end-session.ts'
import type { Survey } from '../discovery/survey.ts'
import { PoolError } from '../errors/pool-error.ts'
import { overlayAttributes } from '../memory/absorb.ts'
import type { AttributePatch } from '../memory/attributes.ts'
import { createEntry, type Entry } from '../memory/entry.ts'
import { identityOf } from '../reconcile/identity.ts'
import { withDeadline } from '../replica/deadline.ts'
import { codeOf } from '../replica/store-failure.ts'

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

async function make(core: PoolCore, wanted: Wanted, createdAt: number): Promise<HostSession> {
  const { host, launch } = core.options
  const { workspace, sessionName, attributes } = wanted
  const byPool = await launch?.(workspace, attributes && Object.fromEntries(attributes))
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
  core.creating.delete(sessionName)
  const { hostError, reconciliation } = await survey()
  if (hostError) throw hostError
  const entry = core.memory.get(workspace)
  if (entry) return entry
  const ended = reconciliation.exited.find(
    (session) => session.sessionName === sessionName && session.pool === core.key,
  )
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
  core.creating.set(sessionName, workspace)
  await core.options.host.kill(ended)
  return make(core, wanted, createdAt)
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
    run: core.run,
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
