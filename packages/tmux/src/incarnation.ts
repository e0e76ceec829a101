/**
 * Identifies one life of a session. The session id alone is not enough, because every server counts from `$0` again.
 */
export interface Incarnation {
  /** `pid.start`: the process id of the server and its start time, in seconds since the epoch. */
  readonly server: string
  /** The session id of tmux, such as `$3`. */
  readonly id: string
}

const TEXT = /^([1-9]\d{0,9}\.\d{1,12})\.(\$\d{1,10})$/

export function formatIncarnation({ server, id }: Incarnation): string {
  return `${server}.${id}`
}

/** Undefined when no tmux host made this string. */
export function parseIncarnation(text: string): Incarnation | undefined {
  const [, server, id] = TEXT.exec(text) ?? []
  return server === undefined || id === undefined ? undefined : { server, id }
}

export function serverPid(server: string): string {
  return server.slice(0, server.indexOf('.'))
}
