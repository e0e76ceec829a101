import type { Clock } from '@sessionkeep/contracts'
import type { EndedSession } from '@sessionkeep/resume'
import type { ResolvedOptions } from '../resolve-options.ts'
import { createAnswerOf } from './answer-of.ts'
import { checkLaunched, type LaunchOptions } from './launch-options.ts'

/** Asks the pool's `launch` how a command is started, until `signal` is aborted. */
export type Launched = (
  workspace: string,
  attributes: unknown,
  previous: EndedSession<unknown> | undefined,
  signal?: AbortSignal | undefined,
) => Promise<LaunchOptions>

/** Makes {@link Launched}. */
export function createLaunched(
  { launch, readyTimeoutMs }: Pick<ResolvedOptions, 'launch' | 'readyTimeoutMs'>,
  clock: Clock,
): Launched {
  const answerOf = createAnswerOf(readyTimeoutMs, clock)
  return async (workspace, attributes, previous, signal) => {
    if (!launch) return {}
    const ask = () => launch(workspace, attributes, previous)
    return checkLaunched(workspace, await answerOf({ what: 'launch', workspace, ask, signal }))
  }
}
