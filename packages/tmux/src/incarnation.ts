/** One session of one tmux server: session ids begin anew with every server. */
export interface Incarnation {
  /** `pid.start`: the server's process id, and when it started, in seconds since the epoch. */
  readonly server: string
  /** tmux's `$3`. */
  readonly id: string
}

const TEXT = /^([1-9]\d{0,9}\.\d{1,12})\.(\$\d{1,10})$/

export function formatIncarnation({ server, id }: Incarnation): string {
  return `${server}.${id}`
}

/** Undefined for a string that no tmux host made: it names no session here. */
export function parseIncarnation(text: string): Incarnation | undefined {
  const [, server, id] = TEXT.exec(text) ?? []
  return server === undefined || id === undefined ? undefined : { server, id }
}

export function serverPid(server: string): string {
  return server.slice(0, server.indexOf('.'))
}
