import { resolve } from 'node:path'

/** What the gateway reads from its environment. `SESSIONKEEP_STORE` and `SESSIONKEEP_DIRECTORY` are read by the pool itself. */
export interface Settings {
  /** `GATEWAY_SOCKET`: where it listens. Default `gateway.sock` in the working directory. */
  readonly socket: string
  /** `GATEWAY_TMUX`: the name of a tmux server, or the path of its socket. Default `quickstart`. */
  readonly tmux: { readonly socketName: string } | { readonly socketPath: string }
  /** `GATEWAY_SHELL`: what runs in a session. Default `sh`. */
  readonly shell: string
  /** `GATEWAY_ANSWER_MS`: how long a caller waits for the end of a command. Default 30000. */
  readonly answerMs: number
}

/** Throws for a setting that cannot be meant. */
export function readSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  const tmux = env.GATEWAY_TMUX || 'quickstart'
  const answerMs = Number(env.GATEWAY_ANSWER_MS || 30_000)
  if (!(answerMs > 0)) throw new TypeError(`GATEWAY_ANSWER_MS=${env.GATEWAY_ANSWER_MS} is no number of milliseconds`)
  return {
    socket: resolve(env.GATEWAY_SOCKET || 'gateway.sock'),
    tmux: tmux.includes('/') ? { socketPath: resolve(tmux) } : { socketName: tmux },
    shell: env.GATEWAY_SHELL || 'sh',
    answerMs,
  }
}
