import { randomUUID } from 'node:crypto'
import { CodedError, type SessionPool } from '@sessionkeep/core'
import type { ChatMessage, ChatService } from './chat.ts'
import type { ChatAttributes } from './pool.ts'
import { nextAnswer, readTranscript, transcriptOf } from './transcript.ts'

/** Connects a chat service with the agents of a pool: what is written in a chat is typed into its session, and the answer is sent back. */
export function startBridge(pool: SessionPool<ChatAttributes>, service: ChatService, directory: string): void {
  const ask = async ({ chat, text }: ChatMessage): Promise<string> => {
    // The id comes before the agent: if the bridge is killed now, its record has it already.
    await pool.getOrCreateSession(chat, { attributes: { conversation: randomUUID() } })
    // Two messages of one chat wait for each other, and those of other chats go on.
    return pool.withTurn(chat, async ({ attributes }, { signal }) => {
      const file = transcriptOf(directory, attributes?.conversation ?? '')
      const known = readTranscript(file).length
      await pool.sendText(chat, text, { submit: true })
      return nextAnswer(file, known, signal)
    })
  }

  service.start((message) => {
    ask(message).then(
      (answer) => service.send(message.chat, answer),
      (error: unknown) => {
        console.error(error)
        // The code says enough, and nothing about this machine.
        service.send(message.chat, `That did not work: ${error instanceof CodedError ? error.code : 'see the log'}`)
      },
    )
  })
}
