import type { Clock } from '@sessionkeep/contracts'
import { createAnswerOf, type EndedSession } from '@sessionkeep/resume'
import type { ResolvedOptions } from '../resolve-options.ts'
import { checkLaunched } from './launch-options.ts'

/** Makes the function that asks the pool's `launch` how a command is started, until `signal` is aborted. */
export function createLaunched(options: Pick<ResolvedOptions, 'launch' | 'readyTimeoutMs'>, clock: Clock) {
  const { launch, readyTimeoutMs } = options
  const answerOf = createAnswerOf(readyTimeoutMs, clock)
  type Previous = EndedSession<unknown> | undefined
  return async (workspace: string, attributes: unknown, previous: Previous, signal?: AbortSignal) => {
    if (!launch) return {}
    const ask = () => launch(workspace, attributes, previous)
    return checkLaunched(workspace, await answerOf({ what: 'launch', workspace, ask, signal }))
  }
}

export type Launched = ReturnType<typeof createLaunched>
