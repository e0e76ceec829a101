import type { Clock } from '@sessionkeep/contracts'
import { PoolError } from '@sessionkeep/contracts/errors'
import { waitAtMost } from '@sessionkeep/contracts/internal'
import type { EndedSession } from '@sessionkeep/resume'
import type { ResolvedOptions } from '../resolve-options.ts'
import { checkLaunched, type LaunchOptions } from './launch-options.ts'

/** Asks the pool's `launch` how a command is started. */
export type Launched = (
  workspace: string,
  attributes: unknown,
  previous: EndedSession<unknown> | undefined,
) => Promise<LaunchOptions>

/** Makes {@link Launched}. It has a time-out, because a launch that never settles would occupy one of the `maxSessions` for ever. */
export function createLaunched(
  { launch, readyTimeoutMs }: Pick<ResolvedOptions, 'launch' | 'readyTimeoutMs'>,
  clock: Clock,
): Launched {
  return async (workspace, attributes, previous) => {
    if (!launch) return {}
    const result = Promise.resolve(launch(workspace, attributes, previous))
    const answering = result.then((given) => ({ given }))
    const answer = await waitAtMost(readyTimeoutMs, answering, clock)
    if (answer) return checkLaunched(workspace, answer.given)
    const message = `launch() of ${workspace} did not answer within ${readyTimeoutMs} ms; no command was started.`
    throw new PoolError('SESSION_NOT_READY', message, { context: { workspace } })
  }
}
