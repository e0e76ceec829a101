import { join, resolve } from 'node:path'
import { ConfigError } from '@sessionkeep/core'

/** The settings that the gateway reads from its environment. The pool itself reads `SESSIONKEEP_STORE` and others. */
export interface Settings {
  /** `GATEWAY_PORT`: the port on the loopback address. @defaultValue `7420` */
  readonly port: number
  /** `GATEWAY_DIRECTORY`: where the records, the token and the socket are. @defaultValue `gateway-data` in the working directory */
  readonly directory: string
  /** `GATEWAY_TMUX`: the name of a tmux server, or the path of its socket. @defaultValue `http-gateway` */
  readonly tmux: { readonly socketName: string } | { readonly socketPath: string }
  /** `GATEWAY_SHELL`: the program of a session. @defaultValue `sh` */
  readonly shell: string
  /** `GATEWAY_READ_ONLY`: `1` lets the dashboard only look. @defaultValue changes are allowed */
  readonly readOnly: boolean
}

/**
 * Reads the settings.
 *
 * @throws `ConfigError` for a wrong port
 */
export function readSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  const tmux = env.GATEWAY_TMUX || 'http-gateway'
  const port = Number(env.GATEWAY_PORT || 7420)
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new ConfigError('CONFIG_INVALID', `GATEWAY_PORT=${env.GATEWAY_PORT} is not a port`)
  return {
    port,
    directory: resolve(env.GATEWAY_DIRECTORY || 'gateway-data'),
    tmux: tmux.includes('/') ? { socketPath: resolve(tmux) } : { socketName: tmux },
    shell: env.GATEWAY_SHELL || 'sh',
    readOnly: env.GATEWAY_READ_ONLY === '1',
  }
}

/** The files of the gateway. */
export const pathsIn = (directory: string) => ({
  records: join(directory, 'sessions'),
  document: join(directory, 'sessions.lowdb.json'),
  /** Beside the lock of the file store, where the command line looks for it. */
  socket: join(directory, 'sessions', 'sessionkeep.sock'),
  token: join(directory, 'http-token'),
})
