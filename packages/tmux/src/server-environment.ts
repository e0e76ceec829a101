import type { Deadline } from './deadline.ts'
import type { HostContext } from './host-context.ts'

/**
 * Names of the variables that sessions would inherit from the server. A server that was started by hand, or by an earlier
 * release, may have passwords of the gateway among them. Undefined if no server answers: a server that this host starts
 * gets only variables that sessions may inherit.
 *
 * A value may have several lines; what looks like a name in one of them does no harm here.
 */
export async function variablesOfServer({ client }: HostContext, deadline: Deadline): Promise<string[] | undefined> {
  const { verdict, stdout } = await client.tmux(['show-environment', '-g'], { deadline, noStart: true })
  if (verdict !== 'done') return undefined
  return stdout.split('\n').flatMap((line) => /^(\w+)=/.exec(line)?.[1] ?? [])
}
