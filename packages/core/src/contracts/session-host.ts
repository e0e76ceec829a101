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
  /** Added to the environment of its command; undefined removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
  /** A shell command line, or program and arguments taken literally. Default: the host's shell. */
  readonly command?: string | readonly string[] | undefined
  readonly cols?: number | undefined
  readonly rows?: number | undefined
}

export interface SendTextOptions {
  /** Press Enter after the text, as a separate key. @defaultValue false */
  readonly submit?: boolean | undefined
  /**
   * Milliseconds between the text and its Enter: many programs take an Enter that comes at once for a part of the text.
   * Default: the host's own; 150 for tmux.
   */
  readonly delayMs?: number | undefined
  /**
   * What is done with characters that a terminal takes for keys or commands: `strip` leaves them out, `refuse` rejects with
   * a `TypeError`, `pass` types them. No text can end its own paste. Line breaks and tabs are text.
   * @defaultValue `'strip'`
   */
  readonly controls?: 'strip' | 'refuse' | 'pass' | undefined
  /** Clear the line that is being edited first. For a text that was left unsubmitted. @defaultValue false */
  readonly clearFirst?: boolean | undefined
}

/** What became of a text. */
export interface SendTextResult {
  /** Whether Enter was pressed after it. */
  readonly submitted: boolean
  /** Whether an earlier text was found that had not got its Enter, since its gateway ended in between. */
  readonly foundUnsubmitted: boolean
}

export interface CaptureOptions {
  /** Lines above the screen, or `all` that the host keeps. @defaultValue 0 */
  readonly history?: number | 'all' | undefined
  /** Whether lines that were wrapped at the edge are joined. @defaultValue false */
  readonly join?: boolean | undefined
  /** Whether colours are kept, as escape sequences. @defaultValue false */
  readonly escapes?: boolean | undefined
  /** At most so many bytes of UTF-8, from the end. Default: no limit. */
  readonly maxBytes?: number | undefined
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

  /** Types `text` into it, newlines included, as one paste. Text and Enter of one call are one turn: those of another do not come between. */
  sendText(session: SessionRef, text: string, options?: SendTextOptions): Promise<SendTextResult>

  /** The visible screen as text, and what stands above it where asked for. */
  capture(session: SessionRef, options?: CaptureOptions): Promise<string>

  /** Presses keys by name (`C-c`, `Escape`, `Up`) or character. Rejects with a `TypeError` for what is no key. */
  sendKeys?(session: SessionRef, keys: readonly string[]): Promise<void>

  /** Gives its terminal a size, in characters, that it keeps. */
  resize?(session: SessionRef, size: { readonly cols: number; readonly rows: number }): Promise<void>

  /** The command line with which a person attaches to it. */
  attachCommand?(session: SessionRef): string[]

  /** Called once before the first use by a pool, where present. */
  open?(): Promise<void>

  /** Lets go of what the host holds. Sessions go on. */
  close?(): Promise<void>
}
