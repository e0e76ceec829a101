import { setTimeout as sleep } from 'node:timers/promises'
import { createSessionPool, type MetadataOptions, type SessionHost, type SessionPool } from '@sessionkeep/core'
import type { SessionRef } from '@sessionkeep/core/host'
import { tmuxHost } from '@sessionkeep/tmux'
import type { Settings } from './settings.ts'

/**
 * Makes the pool: sessions in tmux, and metadata in files unless the configuration or SESSIONKEEP_STORE selects
 * another store.
 */
export function createGatewayPool({ tmux, shell }: Settings, metadata: MetadataOptions): SessionPool {
  const host = tmuxHost(tmux)
  return createSessionPool({
    host,
    sessionPrefix: 'quick-',
    maxSessions: 20,
    metadata,
    // A session that was lost with tmux or in a reboot comes back with its next request.
    resume: { when: 'request', settleMs: 300 },
    launch: () => ({ command: shell, env: { PS1: '$ ' }, cols: 160, rows: 50 }),
    ready: (session) => untilPrompt(host, session),
  })
}

/** Waits until the shell shows its prompt. The pool ends the session when that takes longer than `readyTimeoutMs`. */
async function untilPrompt(host: SessionHost, session: SessionRef): Promise<void> {
  while ((await host.capture(session)).trim() === '') await sleep(20)
}
