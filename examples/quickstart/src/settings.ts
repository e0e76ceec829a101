import { resolve } from 'node:path'
import { ConfigError } from '@sessionkeep/core'

/**
 * The settings that the gateway reads from its environment. The pool itself reads `SESSIONKEEP_STORE` and
 * `SESSIONKEEP_DIRECTORY`.
 */
export interface Settings {
  /**
   * `GATEWAY_SOCKET`: the path of the socket.
   *
   * @defaultValue `gateway.sock` in the working directory
   */
  readonly socket: string
  /**
   * `GATEWAY_TMUX`: the name of a tmux server, or the path of its socket.
   *
   * @defaultValue `quickstart`
   */
  readonly tmux: { readonly socketName: string } | { readonly socketPath: string }
  /**
   * `GATEWAY_SHELL`: the program of a session.
   *
   * @defaultValue `sh`
   */
  readonly shell: string
  /**
   * `GATEWAY_ANSWER_MS`: how long a caller waits for the end of a command, ms.
   *
   * @defaultValue `30000`
   */
  readonly answerMs: number
}

/**
 * Reads the settings.
 *
 * @throws `ConfigError` for a wrong number of milliseconds
 */
export function readSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  const tmux = env.GATEWAY_TMUX || 'quickstart'
  const answerMs = Number(env.GATEWAY_ANSWER_MS || 30_000)
  if (!(answerMs > 0))
    throw new ConfigError(
      'CONFIG_INVALID',
      `GATEWAY_ANSWER_MS=${env.GATEWAY_ANSWER_MS} is not a number of milliseconds`,
    )
  return {
    socket: resolve(env.GATEWAY_SOCKET || 'gateway.sock'),
    tmux: tmux.includes('/') ? { socketPath: resolve(tmux) } : { socketName: tmux },
    shell: env.GATEWAY_SHELL || 'sh',
    answerMs,
  }
}
