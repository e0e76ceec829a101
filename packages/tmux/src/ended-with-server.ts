import { HostError } from '@sessionkeep/contracts/host'
import type { HostContext } from './host-context.ts'
import { parseIncarnation } from './incarnation.ts'

/**
 * Finds the incarnations whose server is not the one that answers now. The caller must have listed the sessions first, which
 * proves that the earlier servers of this host have ended.
 *
 * @throws `HOST_UNAVAILABLE` when the answer of tmux cannot be read
 */
export async function endedWithServer(
  { client, newDeadline }: HostContext,
  incarnations: readonly string[],
): Promise<Set<string>> {
  const options = { deadline: newDeadline(), noStart: true }
  const { verdict, stdout } = await client.tmux(['display-message', '-p', '#{pid}.#{start_time}'], options)
  const answering = /^\d+\.\d+$/m.exec(stdout)?.[0]
  const isNone = verdict === 'no-server' || verdict === 'no-place' || verdict === 'exited'
  if (answering === undefined && !isNone)
    throw new HostError('HOST_UNAVAILABLE', 'tmux display-message: the answer is incomplete')
  const servers = incarnations.map((incarnation) => ({ incarnation, server: parseIncarnation(incarnation)?.server }))
  const lost = servers.filter(({ server }) => server !== undefined && server !== answering)
  return new Set(lost.map(({ incarnation }) => incarnation))
}
