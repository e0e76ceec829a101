import { createSessionPool, type MetadataOptions, type SessionPool } from '@sessionkeep/core'
import { type TmuxHostOptions, tmuxHost } from '@sessionkeep/tmux'

/**
 * How tmux is reached: by the words of `GATEWAY_TMUX_PREFIX` before each command, or by the socket `GATEWAY_TMUX_SOCKET` of this
 * machine.
 */
export function hostOptions(env: Readonly<Record<string, string | undefined>>): TmuxHostOptions {
  const prefix = env.GATEWAY_TMUX_PREFIX?.split(' ').filter(Boolean) ?? []
  if (prefix.length === 0) return { socketPath: env.GATEWAY_TMUX_SOCKET || '/run/gateway/tmux' }
  // If the container does not run, neither do its sessions. Any other failure proves nothing.
  return { prefix, gone: ['is not running', 'No such container'] }
}

/** Makes the pool of the gateway. */
export function createPool(env: Readonly<Record<string, string | undefined>>, metadata: MetadataOptions): SessionPool {
  return createSessionPool({ host: tmuxHost(hostOptions(env)), metadata, launch: () => ({ command: 'sh' }) })
}
