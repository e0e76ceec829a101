import { createQueue } from '@sessionkeep/store-kit'
import type { TmuxClient } from './client.ts'
import { type Deadline, startDeadline } from './deadline.ts'
import { createPaneCache, type PaneCache } from './pane-cache.ts'
import { type Servers, tmuxServers } from './servers.ts'

import { createStamps, type Stamps } from './stamp.ts'
import { keyOf, readStampKey } from './stamp-key.ts'

/** The state that every verb of the host shares. */
export interface HostContext {
  readonly client: TmuxClient
  readonly servers: Servers
  readonly panes: PaneCache
  /** Runs what is typed into one session, the key, in the order of the calls. */
  readonly inTurn: ReturnType<typeof createQueue>
  /** The default pause between a text and its Enter, ms. */
  readonly submitDelayMs: number
  /** Signs and reads stamps. The key is read at the first call. */
  stamps(): Promise<Stamps>
  /** Starts the deadline of one call. */
  newDeadline(): Deadline
}

export function hostContext(client: TmuxClient, submitDelayMs = 0, stampKey?: string): HostContext {
  let stamps: Promise<Stamps> | undefined
  return {
    client,
    submitDelayMs,
    servers: tmuxServers(client),
    panes: createPaneCache(),
    inTurn: createQueue(),
    async stamps() {
      stamps ??= Promise.resolve(stampKey === undefined ? readStampKey() : keyOf(stampKey)).then(createStamps)
      return stamps
    },
    newDeadline: () => startDeadline(client.timeoutMs),
  }
}
