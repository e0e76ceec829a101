import { createInterface } from 'node:readline'
import type { ChatService } from './chat.ts'

/** A chat on the terminal, to try the bridge: a line `docs: hello` is a message in the chat `docs`. */
export function consoleChat(input = process.stdin, output = process.stdout): ChatService {
  const lines = createInterface({ input })
  return {
    start(onMessage) {
      output.write('Write "chat: message", for example "docs: hello".\n')
      lines.on('line', (line) => {
        const [, chat = 'console', text = ''] = /^(?:([\w#-]+): *)?(.*)$/.exec(line) ?? []
        if (text.trim() !== '') onMessage({ chat, text })
      })
    },
    send: (chat, text) => void output.write(`${chat}> ${text}\n`),
    close: () => lines.close(),
  }
}
