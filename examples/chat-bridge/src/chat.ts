/** A message that somebody wrote in a chat. */
export interface ChatMessage {
  /** The chat: a channel, a room, or a person. It owns the workspace of that name. */
  readonly chat: string
  readonly text: string
}

/** A chat service, as far as the bridge uses it. */
export interface ChatService {
  /** Connects, and calls `onMessage` with each message from then on. */
  start(onMessage: (message: ChatMessage) => void): void
  /** Writes into a chat; each line of the text becomes a message. */
  send(chat: string, text: string): void
  /** Ends the connection. */
  close(): void
}
