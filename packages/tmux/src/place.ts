import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import type { TmuxHostOptions } from './options.ts'

/**
 * Identifies the machine and the tmux server of a host, by the id of the machine, the user, and the socket. Undefined
 * where the options do not tell, because a function decides where tmux runs.
 */
export function placeOf({
  socketName = 'default',
  socketPath,
  prefix = [],
  exec,
}: TmuxHostOptions): string | undefined {
  if (typeof prefix === 'function' || exec !== undefined) return undefined
  const directory = process.env.TMUX_TMPDIR || '/tmp'
  const socket = socketPath ?? `${directory}/tmux-${process.getuid?.() ?? ''}/${socketName}`
  return JSON.stringify([machineId(), ...prefix, socket])
}

/** The id of this installation of the operating system; the host name if there is none, as in many containers. */
function machineId(): string {
  for (const path of ['/etc/machine-id', '/var/lib/dbus/machine-id']) {
    try {
      const id = readFileSync(path, 'utf8').trim()
      if (id !== '') return id
    } catch {
      // This system has no such file.
    }
  }
  return hostname()
}
