import { performance } from 'node:perf_hooks'
import { PoolError } from '../../errors/pool-error.ts'
import { invalid, toPatch } from '../../sessions/attributes.ts'
import { assertOwner, assertRunning } from '../../sessions/pool-core.ts'
import type { SessionView } from '../../sessions/project.ts'
import type { Entry } from '../../sessions/session.ts'
import { hostFailure } from '../host-failure.ts'
import type { LaunchOptions } from '../resolve-options.ts'
import { createSession } from './create-session.ts'
import type { Verbs } from './verbs.ts'

/** Used only if the call creates the session; the launch options win over those of the pool's `launch`. */
export interface GetOrCreateOptions extends LaunchOptions {
  readonly attributes?: object | undefined
}

/** Concurrent calls for one workspace share one answer; a call during a deletion waits for it and creates anew. */
export function createGetOrCreateSession({ core, queue, attach, look, survey }: Verbs) {
  const underWay = new Map<string, Promise<Entry>>()

  const handOut = (entry: Entry): SessionView<unknown> => {
    if (entry.status === 'draining') {
      throw new PoolError(
        'SESSION_DRAINING',
        `The session of ${entry.workspace} is draining; clear it with setDraining() or delete it.`,
        {
          context: { workspace: entry.workspace },
        },
      )
    }
    // Asked for is not silent: the reaper, which may be about to end it, sees this.
    entry.silentSince = performance.now()
    return core.view(entry)
  }

  const wasSeenAlive = (entry: Entry): boolean =>
    !entry.ending && performance.now() - entry.seenAliveAt <= core.options.livenessIntervalMs

  const findLiving = async (workspace: string): Promise<Entry | undefined> => {
    const entry = core.memory.get(workspace)
    if (entry && wasSeenAlive(entry)) return entry
    if (!entry && core.hostListed) return undefined
    const { hostError } = entry ? await look() : await survey()
    if (hostError) throw hostError
    return core.memory.get(workspace)
  }

  const find = async (workspace: string, options: GetOrCreateOptions): Promise<Entry> => {
    assertRunning(core)
    if (!core.memory.get(workspace)) await attach()
    const living = await findLiving(workspace)
    if (living) return living
    await attach()
    assertOwner(core, 'Creating a session')
    if (core.terminating)
      throw new PoolError('POOL_STOPPED', 'This pool is being terminated; it makes no more sessions.')
    const sessionName = encode(workspace)
    const attributes = options.attributes === undefined ? undefined : toPatch(options.attributes)
    if (attributes) {
      const checked = core.check(Object.fromEntries(attributes))
      if (!checked.ok) throw invalid(checked.reason)
    }
    const { maxSessions } = core.options
    if (core.memory.size() + core.creating.size >= maxSessions) {
      throw new PoolError(
        'SESSION_LIMIT',
        `All ${maxSessions} sessions of this pool are in use; delete one, or raise maxSessions.`,
        {
          context: { maxSessions },
        },
      )
    }
    core.creating.set(sessionName, { hidden: true })
    try {
      return await createSession(core, survey, { workspace, sessionName, attributes, launch: options })
    } catch (error) {
      throw hostFailure(error, workspace)
    } finally {
      core.creating.delete(sessionName)
    }
  }

  const encode = (workspace: string): string => {
    const sessionName = typeof workspace === 'string' ? core.codec.encode(workspace) : undefined
    if (sessionName !== undefined) return sessionName
    throw new PoolError(
      'INVALID_WORKSPACE',
      `${JSON.stringify(workspace)?.slice(0, 200)} cannot be a workspace; by default 1 to 64 characters from A-Z, a-z, 0-9, _ and - are, or give sessionName: { encode, decode }.`,
    )
  }

  return async (workspace: string, options: GetOrCreateOptions = {}): Promise<SessionView<unknown>> => {
    assertRunning(core)
    const entry = core.memory.get(workspace)
    if (entry && wasSeenAlive(entry)) return handOut(entry)
    if (!entry) encode(workspace)
    let finding = underWay.get(workspace)
    if (!finding) {
      finding = queue.run(workspace, () => find(workspace, options)).finally(() => underWay.delete(workspace))
      underWay.set(workspace, finding)
    }
    return handOut(await finding)
  }
}
