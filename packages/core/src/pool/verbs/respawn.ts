import { type Clock, checkOptions, messageOf, strictOptions } from '@sessionkeep/contracts'
import { PoolError } from '@sessionkeep/contracts/errors'
import { HostError, type HostSession } from '@sessionkeep/contracts/host'
import {
  checkHosted,
  hostFailure,
  identityOf,
  type KeyedQueue,
  once,
  withTimeout,
} from '@sessionkeep/contracts/internal'
import { assertGiven, lastPlace, withValues } from '@sessionkeep/resume'
import * as z from 'zod'
import { changedFacts } from '../../sessions/facts.ts'
import { project } from '../../sessions/project.ts'
import type { Session, SessionView } from '../../sessions/session.ts'
import type { Sessions } from '../../sessions/sessions.ts'
import type { ResolvedOptions } from '../resolve-options.ts'
import { assertNotBusy } from './delete-session.ts'
import { endedAtOnce } from './ended-at-once.ts'
import { defined, type LaunchOptions } from './launch-options.ts'
import type { Launched } from './launched.ts'
import type { RequireSession, SessionSources } from './require-session.ts'

/** The options of `respawn()`. They win over the result of the pool's `launch`. */
export interface RespawnCallOptions extends Pick<LaunchOptions, 'cwd' | 'env' | 'command'> {
  /** Respawn the session even while it has requests. @defaultValue false */
  readonly force?: boolean | undefined
}

// The host checks the values.
const respawnOptions = once(() =>
  strictOptions({ cwd: z.unknown(), env: z.unknown(), command: z.unknown(), force: z.boolean() }).partial(),
)

interface RespawnParts {
  readonly sources: SessionSources
  readonly sessions: Sessions
  readonly requireSession: RequireSession
  readonly queue: KeyedQueue
  readonly launched: Launched
  readonly clock: Clock
  readonly options: Pick<ResolvedOptions, 'host' | 'ready' | 'readyTimeoutMs'>
}

/** Makes `respawn()`. */
export function createRespawn({ sources, sessions, requireSession, queue, launched, clock, options }: RespawnParts) {
  const { table, state, discovery } = sources
  const { host, ready, readyTimeoutMs } = options

  const untilReady = async (workspace: string, hosted: HostSession): Promise<void> => {
    try {
      const waiting = async () => ready?.({ ...hosted, workspace })
      await withTimeout(readyTimeoutMs, undefined, waiting, { what: `ready() of ${workspace}`, clock })
    } catch (cause) {
      const message = `The new command of ${workspace} was started and goes on, but did not become ready: ${messageOf(cause)}`
      throw new PoolError('SESSION_NOT_READY', message, { cause, context: { workspace } })
    }
  }

  const noteStarted = (session: Session, hosted: HostSession): void => {
    const changed = changedFacts(session.hosted, hosted)
    // A poll that began before may have seen that the former command had ended.
    session.seenAliveAt = clock.now()
    session.silence.since = clock.now()
    if (session.activeRequests === 0) session.own.work = 'idle'
    table.update(session, hosted)
    table.change(session)
    sessions.announce(session, changed)
  }

  const start = async (session: Session, given: LaunchOptions): Promise<void> => {
    const { workspace, hosted } = session
    const record = project(session, sessions.pool)
    const previous = sessions.ended.view(record)
    const byPool = await launched(workspace, previous.attributes, previous)
    const { cwd, env, command } = { ...lastPlace({ record }), ...byPool, ...defined(given) }
    assertGiven(workspace, { record }, { env, command })
    state.assertNotClosed()
    if (!host.respawn) throw new HostError('HOST_REFUSED', `The host ${host.name} has no respawn().`)
    // The screen may keep what the former command printed, and the new one goes on if it does not become ready.
    session.env = withValues(session.env, env)
    // In the phase `ending`, a session takes no requests, and the end of its command does not count as the end of the session.
    session.phase = 'ending'
    try {
      const checked = checkHosted(await host.respawn(hosted, { cwd, env, command, signal: state.signal }))
      if (!('session' in checked) || identityOf(checked.session) !== identityOf(hosted))
        throw new HostError('HOST_REFUSED', `respawn() of the host ${host.name} returned a wrong answer.`)
      if (checked.session.exited) throw endedAtOnce(workspace, checked.session.end, session.env)
      await untilReady(workspace, checked.session)
      noteStarted(session, checked.session)
    } finally {
      if (session.phase === 'ending') session.phase = 'live'
    }
  }

  return async (workspace: string, given: RespawnCallOptions = {}): Promise<SessionView<unknown>> => {
    state.assertRunning()
    state.assertOwner('Respawning a session')
    checkOptions('respawn()', respawnOptions(), given)
    const { force = false, ...launch } = given
    return queue.run(workspace, async () => {
      const session = await requireSession(workspace)
      assertNotBusy(session, force)
      try {
        await start(session, launch)
      } catch (error) {
        // The former command may have ended, and the new one may not have started.
        await discovery.pollHost()
        if (error instanceof PoolError) throw error
        throw hostFailure(error, workspace)
      }
      return sessions.view(session)
    })
  }
}
