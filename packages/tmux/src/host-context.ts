import type { TmuxClient } from './client.ts'
import { type Deadline, startDeadline } from './deadline.ts'
import { type Servers, tmuxServers } from './servers.ts'

/** What every verb of the host works with. */
export interface HostContext {
  readonly client: TmuxClient
  readonly servers: Servers
  newDeadline(): Deadline
}

export function hostContext(client: TmuxClient): HostContext {
  return { client, servers: tmuxServers(client), newDeadline: () => startDeadline(client.timeoutMs) }
}
