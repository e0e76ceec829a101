import { HostError } from '@sessionkeep/contracts/host'

// tmux reads any other character as part of a format, a pattern or an option, or rewrites it.
const PLAIN = /^[A-Za-z0-9][A-Za-z0-9_-]{0,199}$/

/** Whether tmux takes this name literally everywhere. */
export function isPlainName(name: unknown): name is string {
  return typeof name === 'string' && PLAIN.test(name)
}

/** Throws `HOST_INVALID_NAME` for a name that tmux could misread. */
export function checkSessionName(name: string): void {
  if (isPlainName(name)) return
  throw new HostError(
    'HOST_INVALID_NAME',
    `a tmux session name must have 1 to 200 characters from A-Z, a-z, 0-9, _ and -, the first a letter or digit; ${JSON.stringify(String(name).slice(0, 80))} has not`,
    { context: { sessionName: name } },
  )
}
