import { setTimeout as sleep } from 'node:timers/promises'
import { createSessionPool, type MetadataOptions, type SessionPool } from '@sessionkeep/core'
import { tmuxHost } from '@sessionkeep/tmux'
import type { Settings } from './settings.ts'

/** What the bridge keeps with each session: the id of the agent's conversation. */
export interface ChatAttributes {
  readonly conversation: string
}

/** Makes the pool: an agent in tmux for each chat, which goes on with its conversation whenever its session is made again. */
export function createChatPool(settings: Settings, metadata: MetadataOptions): SessionPool<ChatAttributes> {
  const { socketPath, agent, directory } = settings
  const host = tmuxHost({ socketPath })
  return createSessionPool<ChatAttributes>({
    host,
    sessionPrefix: 'chat-',
    // Chats have names such as #docs.
    sessionName: 'encoded',
    metadata,
    resume: { when: 'request', settleMs: 300 },
    launch(_chat, attributes, previous) {
      // A fresh session has a previous one too, whose conversation is another.
      const same = attributes?.conversation && previous?.attributes?.conversation === attributes.conversation
      return {
        command: [process.execPath, agent, same ? '--resume' : '--session-id', attributes?.conversation ?? ''],
        env: { AGENT_DIRECTORY: directory },
      }
    },
    async ready(session) {
      while (!(await host.capture(session)).includes('>')) await sleep(20)
    },
  })
}
