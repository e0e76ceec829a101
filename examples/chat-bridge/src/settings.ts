import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ConfigError } from '@sessionkeep/core'
import type { IrcOptions } from './irc-chat.ts'

/** The settings that the bridge reads from its environment. The pool itself reads `SESSIONKEEP_STORE` and others. */
export interface Settings {
  /** `CHAT_SERVER`: `irc://host:port/#docs,#web`. Undefined: the console. */
  readonly irc: IrcOptions | undefined
  /** `CHAT_DIRECTORY`: the directory of the transcripts. By default `chats` in the working directory. */
  readonly directory: string
  /** `CHAT_TMUX`: the socket of tmux. By default `tmux.sock` in that directory. */
  readonly socketPath: string
  /** `CHAT_AGENT`: the program of the agent; a script of Node. By default the stand-in. */
  readonly agent: string
}

/** Reads the settings. Throws a `ConfigError` for an address that is not one of IRC. */
export function readSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  const directory = resolve(env.CHAT_DIRECTORY || 'chats')
  return {
    irc: env.CHAT_SERVER ? ircOf(env.CHAT_SERVER, env.CHAT_NICK || 'keeper') : undefined,
    directory,
    socketPath: resolve(env.CHAT_TMUX || `${directory}/tmux.sock`),
    agent: resolve(env.CHAT_AGENT || fileURLToPath(new URL('./agent.js', import.meta.url))),
  }
}

function ircOf(address: string, nick: string): IrcOptions {
  const [, host = '', port = '6667', channels = ''] = /^irc:\/\/([^/:]+)(?::(\d+))?\/?(\S*)$/.exec(address) ?? []
  if (host === '') throw new ConfigError('CONFIG_INVALID', 'CHAT_SERVER must look like irc://127.0.0.1:6667/#docs,#web')
  return { host, port: Number(port), nick, channels: channels.split(',').filter(Boolean), retryMs: 1000 }
}
