/** Names one incarnation of a session. Without `incarnation`: whichever session has that name now. */
export interface SessionRef {
  readonly sessionName: string
  readonly incarnation?: string | undefined
}

/** What the host itself knows of a session. Times are ms since the epoch. */
export interface HostSession extends SessionRef {
  /** Identity of this session: no other session of this host, earlier or later, has the same. Survives a rename. */
  readonly incarnation?: string | undefined
  readonly createdAt?: number | undefined
  /** `stamp`: the pool's own exact mark, made at creation. `host`: the host's record, perhaps in whole seconds. */
  readonly createdAtSource?: 'stamp' | 'host' | undefined
  /** When something last happened in it: output, or a client. */
  readonly lastActivityAt?: number | undefined
  /** Whether a client looks at it now. */
  readonly attached?: boolean | undefined
  /** True when its command has ended and only the last screen is left. */
  readonly exited?: boolean | undefined
  /** The stamps of the pool that made it; undefined on a session that no pool made. */
  readonly pool?: string | undefined
  readonly workspace?: string | undefined
}

export interface CreateSessionOptions {
  /** Stamped on the session, so that it can say whose it is. */
  readonly workspace: string
  readonly pool: string
  /** ms since the epoch; stamped. */
  readonly createdAt: number
  /** Where its command starts. Default: the host's own default. */
  readonly cwd?: string | undefined
  /** Added to the environment of its command. */
  readonly env?: Readonly<Record<string, string>> | undefined
  /** A shell command line, or program and arguments taken literally. Default: the host's shell. */
  readonly command?: string | readonly string[] | undefined
  readonly cols?: number | undefined
  readonly rows?: number | undefined
}

export interface SendTextOptions {
  /** Press Enter after the text, as a separate key. Default false. */
  readonly submit?: boolean | undefined
  /** Milliseconds between text and Enter, for programs that take a fast Enter for part of a paste. Default 0. */
  readonly delayMs?: number | undefined
}

/**
 * Where sessions live. Every call settles within a deadline of the host's own, and rejects with a `HostError`.
 * A session that has ended, or whose name another incarnation has, rejects with `SESSION_GONE`.
 */
export interface SessionHost {
  /** For logs and status: `tmux`, `memory`, … */
  readonly name: string

  /** Every session of the host, whoever made it. Empty only when proven that there is none; rejects with `HOST_UNAVAILABLE` when unknown. */
  list(): Promise<HostSession[]>

  /** Makes the session and stamps it in one step. Rejects with `SESSION_EXISTS` if the name is taken: of many racers one succeeds. */
  create(sessionName: string, options: CreateSessionOptions): Promise<HostSession>

  /** Ends that incarnation or nothing. Resolves once it is gone, also when it already was. */
  kill(session: SessionRef): Promise<void>

  /** Types `text` into it byte for byte, newlines included, as one paste. */
  sendText(session: SessionRef, text: string, options?: SendTextOptions): Promise<void>

  /** The visible screen as text. */
  capture(session: SessionRef): Promise<string>

  /** The command line with which a person attaches to it. */
  attachCommand?(session: SessionRef): string[]

  /** Called once before the first use by a pool, where present. */
  open?(): Promise<void>

  /** Lets go of what the host holds. Sessions go on. */
  close?(): Promise<void>
}
