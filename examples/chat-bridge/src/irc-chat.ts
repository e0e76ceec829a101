import { connect, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import type { ChatMessage, ChatService } from './chat.ts'

/** Where the server is, and who the bridge is there. */
export interface IrcOptions {
  readonly host: string
  readonly port: number
  readonly nick: string
  readonly channels: readonly string[]
  /** How long to wait before connecting again, ms. */
  readonly retryMs: number
}

/** A message may have 512 bytes with its command and its target; the rest is room for those. */
const MOST_BYTES = 400

/** A chat over IRC. It connects again by itself; what is said meanwhile is not seen, as with any client of IRC. */
export function ircChat({ host, port, nick, channels, retryMs }: IrcOptions): ChatService {
  let socket: Socket | undefined
  let retry: NodeJS.Timeout | undefined
  let isClosed = false
  const write = (line: string): void => void socket?.write(`${line}\r\n`)

  const onLine = (line: string, onMessage: (message: ChatMessage) => void): void => {
    const [, from = '', command = '', rest = ''] = /^(?::(\S+) )?(\S+) ?(.*)$/.exec(line) ?? []
    if (command === 'PING') write(`PONG ${rest}`)
    // The server has welcomed us.
    if (command === '001' && channels.length > 0) write(`JOIN ${channels.join(',')}`)
    const [, target = '', text = ''] = /^(\S+) :(.*)$/.exec(rest) ?? []
    if (command !== 'PRIVMSG' || text.trim() === '') return
    // A message to our nick is of a chat with its sender.
    onMessage({ chat: target === nick ? (from.split('!')[0] ?? from) : target, text })
  }

  const open = (onMessage: (message: ChatMessage) => void): void => {
    const connection = connect(port, host)
    socket = connection
    connection.on('connect', () => write(`NICK ${nick}\r\nUSER ${nick} 0 * :sessionkeep bridge`))
    createInterface({ input: connection }).on('line', (line) => onLine(line, onMessage))
    // What went wrong shows in `close`, which always follows.
    connection.on('error', () => undefined)
    connection.on('close', () => {
      if (!isClosed) retry = setTimeout(open, retryMs, onMessage)
    })
  }

  return {
    start: open,
    send(chat, text) {
      // A line break would end the command, and what follows would be another one.
      for (const line of text.split(/[\r\n]+/)) for (const part of partsOf(line)) write(`PRIVMSG ${chat} :${part}`)
    },
    close() {
      isClosed = true
      clearTimeout(retry)
      socket?.end('QUIT\r\n')
    },
  }
}

/** Cuts a line into parts that fit into messages, and never within a character. */
function partsOf(line: string): string[] {
  const parts: string[] = []
  let part = ''
  for (const character of line) {
    if (Buffer.byteLength(part + character) > MOST_BYTES) {
      parts.push(part)
      part = ''
    }
    part += character
  }
  return part === '' ? parts : [...parts, part]
}
