/** Identifies one incarnation of a session. Without `incarnation` it means the session that has this name now. */
export interface SessionRef {
  readonly sessionName: string
  readonly incarnation?: string | undefined
}

/** How the command of a session ended, as far as its host knows. */
export interface SessionEnd {
  /** When it ended, ms since the epoch. */
  readonly at?: number | undefined
  /** The exit code; absent when a signal ended it. */
  readonly exitCode?: number | undefined
  /** The number of the signal that ended it. */
  readonly signal?: number | undefined
  /** The last lines of its screen, as text without colours; at most 50 lines and 8 KiB. */
  readonly screen?: string | undefined
}

/** A session as its host reports it. Times are ms since the epoch. */
export interface HostSession extends SessionRef {
  /** The identity of this session: no other session of this host, earlier or later, has the same. It survives a rename. */
  readonly incarnation?: string | undefined
  readonly createdAt?: number | undefined
  /** `stamp`: the pool stamped the exact time at the creation. `host`: the host's own record, perhaps in whole seconds. */
  readonly createdAtSource?: 'stamp' | 'host' | undefined
  /** When the session last had output or a client. */
  readonly lastActivityAt?: number | undefined
  /** Whether a client, such as a person's terminal, is attached now. */
  readonly attached?: boolean | undefined
  /** The id of the command's process, on the machine or in the container where the session runs. */
  readonly pid?: number | undefined
  /** The name of the program that has the terminal now: for example `make` while a shell runs it. */
  readonly foreground?: string | undefined
  /** True when the command has ended and only its last screen remains. */
  readonly exited?: boolean | undefined
  /** How an exited session ended, if a pool created the session and the host knows. It is there until {@link SessionHost.bury}. */
  readonly end?: SessionEnd | undefined
  /** The pool that the session is stamped with; undefined without a stamp, and for a stamp that the host cannot prove to be a pool's. */
  readonly pool?: string | undefined
  /** The workspace that the session is stamped with. */
  readonly workspace?: string | undefined
  /** The incarnation of the ended session that this one resumes, as its stamp says; undefined if it resumes none. */
  readonly resumes?: string | undefined
  /** Whether the stamp says that the pool took the session in by its name, and did not create it. Such a session is never ended for silence. */
  readonly takenIn?: boolean | undefined
  /** Why the host does not believe the stamp that the session carries. Only the name of the session counts then. */
  readonly stampFault?: string | undefined
  /**
   * The pool for which the session was made, while the session has no stamp that the host believes. It proves nothing, but other
   * pools do not take such a session in by its name.
   */
  readonly madeFor?: string | undefined
}

/** What a stamp says of a session that a pool has taken in; see {@link SessionHost.stamp}. */
export interface SessionStamp {
  /** The pool that the session belongs to. */
  readonly pool: string
  /** The workspace of the session, also after a rename. */
  readonly workspace: string
}

/** How a host creates a session. */
export interface CreateSessionOptions {
  /** The workspace to stamp the session with, so that a later pool recognises it. */
  readonly workspace: string
  /** The pool to stamp the session with. */
  readonly pool: string
  /** The time of creation to stamp the session with, ms since the epoch. */
  readonly createdAt: number
  /**
   * The incarnation of the ended session that it resumes, to stamp the session with. Another gateway that finds the session learns
   * from it whose metadata goes on. @defaultValue none
   */
  readonly resumes?: string | undefined
  /** The working directory of the command. @defaultValue the host's default */
  readonly cwd?: string | undefined
  /** Variables to add to the environment of the command; undefined removes a variable. @defaultValue none */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
  /** A shell command line, or a program and its arguments, which no shell interprets. @defaultValue the host's shell */
  readonly command?: string | readonly string[] | undefined
  /** The width of the terminal, characters. @defaultValue the host's default */
  readonly cols?: number | undefined
  /** The height of the terminal, characters. @defaultValue the host's default */
  readonly rows?: number | undefined
}

/** How a command is started in place of another. */
export interface RespawnOptions extends Pick<CreateSessionOptions, 'cwd' | 'env' | 'command'> {
  /**
   * Gives up a call that waits, for example for a text that is being typed. The call then rejects with the reason of the signal, and
   * the former command goes on. Once the host has begun to end that command, the signal changes nothing. @defaultValue none
   */
  readonly signal?: AbortSignal | undefined
}

/** How a text is typed. */
export interface SendTextOptions {
  /** Press Enter after the text, as a separate key. @defaultValue false */
  readonly submit?: boolean | undefined
  /**
   * The pause between the text and Enter, ms. Many programs take an Enter that follows at once for a part of the text.
   * @defaultValue the host's default; 150 for tmux
   */
  readonly delayMs?: number | undefined
  /**
   * What happens to control characters, which a terminal takes for keys or commands: `strip` removes them, `refuse` rejects
   * with a `TypeError`, `pass` types them. Even with `pass`, the text cannot end its own paste. Line breaks and tabs count as text.
   * @defaultValue `'strip'`
   */
  readonly controls?: 'strip' | 'refuse' | 'pass' | undefined
  /** Clear the input line first, for example of an earlier text that was not submitted. @defaultValue false */
  readonly clearFirst?: boolean | undefined
  /**
   * Make sure that the program has taken the text: if the screen does not show it in time after Enter, press Enter once more,
   * and if it still does not, reject with `NOT_CONFIRMED`. With `true`, a text counts as taken when the screen has changed by
   * more than line breaks, when another program has the terminal, or when the command has ended. Needs `submit`.
   * @defaultValue false
   */
  readonly confirm?: boolean | ConfirmOptions | undefined
  /**
   * Gives up a call that waits, for example for an earlier text. The call then rejects with the reason of the signal, and nothing of
   * the text is typed. Once the host has begun to type, the signal changes nothing, since half a text is worse than a whole one.
   * @defaultValue none
   */
  readonly signal?: AbortSignal | undefined
}

/** How keys are pressed. */
export interface SendKeysOptions {
  /**
   * Gives up a call that waits, for example for a text that is being typed. The call then rejects with the reason of the signal, and
   * no key is pressed. Once the host has begun to press the keys, the signal changes nothing. @defaultValue none
   */
  readonly signal?: AbortSignal | undefined
}

/** How the host sees that a program has taken a text. */
export interface ConfirmOptions {
  /**
   * Whether the screen shows that the text was taken; `before` is the screen with the text, before Enter. Give it for programs
   * whose screen changes by itself. @defaultValue whether anything but line breaks has changed
   */
  readonly seen?: ((screen: string, before: string) => boolean) | undefined
  /** How long to wait after each Enter, ms. @defaultValue 2000 */
  readonly timeoutMs?: number | undefined
}

/** The result of {@link SessionHost.sendText}. */
export interface SendTextResult {
  /** Whether Enter was pressed after the text. */
  readonly submitted: boolean
  /** Whether the session held an earlier text without its Enter, because the gateway that typed the text ended before it pressed Enter. */
  readonly foundUnsubmitted: boolean
  /** True when the program was seen to take the text; only with `confirm`. */
  readonly confirmed?: boolean | undefined
}

/** What part of the screen is captured, and how. */
export interface CaptureOptions {
  /** The number of lines above the visible screen, or `all` that the host keeps. @defaultValue 0 */
  readonly history?: number | 'all' | undefined
  /** Whether lines that the terminal wrapped are joined again. @defaultValue false */
  readonly join?: boolean | undefined
  /** Whether colours are included, as escape sequences. @defaultValue false */
  readonly escapes?: boolean | undefined
  /** The most bytes of UTF-8 to return, counted from the end. @defaultValue no limit */
  readonly maxBytes?: number | undefined
}

/** How an output is read. */
export interface OutputOptions {
  /** Ends the output. */
  readonly signal?: AbortSignal | undefined
  /** The most bytes to keep for a slow reader. When there are more, the oldest are dropped. @defaultValue 1048576 */
  readonly maxBytes?: number | undefined
}

/** A piece of the output of a session. */
export interface OutputChunk {
  /** What the program wrote, with its escape sequences. A character may be cut in two between chunks. */
  readonly data: Uint8Array
  /** How many bytes were dropped just before this chunk, because the reader was slow. */
  readonly lost: number
}

/**
 * Where sessions run. Every call settles within a time-out of the host, and rejects with a `HostError`. A call for a session
 * that has ended, or whose name belongs to another incarnation now, rejects with `SESSION_GONE`.
 */
export interface SessionHost {
  /** The name of the host in logs and status: `tmux`, `memory`, … */
  readonly name: string

  /**
   * Identifies the machine and the server on which the sessions run. Stores that several machines share keep the records of pools
   * without a `poolId` apart by it. @defaultValue unknown
   */
  readonly place?: string | undefined

  /**
   * Lists every session of the host, whoever created it. The list is empty only when the host knows that there is no session;
   * when it cannot know, it rejects with `HOST_UNAVAILABLE`. If an element is no {@link HostSession}, the pool counts its session
   * as unknown: neither alive nor gone.
   */
  list(): Promise<HostSession[]>

  /**
   * Finds out which of these incarnations, none of which `list()` returned, live where this host cannot reach them, for example
   * on a server whose socket was removed. The map gives each a text that says where it lives, and what to do about it. Rejects with
   * `HOST_UNAVAILABLE` when it cannot find out.
   */
  elsewhere?(incarnations: readonly string[]): Promise<ReadonlyMap<string, string>>

  /**
   * Identifies the boot of the machine on which the sessions run: an opaque text that differs after each reboot. Undefined if
   * the host cannot say. A pool asks once it has listed the sessions, and again when sessions are gone.
   */
  boot?(): Promise<string | undefined>

  /**
   * Finds out which of these incarnations, none of which `list()` returned, ended together with their server. The others were
   * ended one by one. Without this method, sessions count as ended with their server if the host lists no session at all.
   */
  endedWithServer?(incarnations: readonly string[]): Promise<ReadonlySet<string>>

  /**
   * Finds out which of these processes still run although their session has ended. Each is returned with a text that names it. A
   * process that ignores the end of its terminal outlives its server. `pid` is {@link HostSession.pid} as `list()` last had it.
   */
  survivors?(
    sessions: ReadonlyArray<{ readonly incarnation: string; readonly pid: number }>,
  ): Promise<ReadonlyMap<string, string>>

  /** Whether a directory is there, where the sessions run. A host without this method leaves it to `create()`. */
  hasDirectory?(path: string): Promise<boolean>

  /**
   * Creates a session and stamps it; a session that cannot be stamped is ended again. Rejects with `SESSION_EXISTS` when the
   * name is taken, so that of several concurrent calls exactly one succeeds. A session whose command has already ended is returned as `exited`.
   */
  create(sessionName: string, options: CreateSessionOptions): Promise<HostSession>

  /** Ends this incarnation, and never another one. Resolves once it is gone, also when it already was. */
  kill(session: SessionRef): Promise<void>

  /**
   * Ends the command of this incarnation with every process of it, and starts another in its place. Name, incarnation, stamp, size
   * and clients stay. A session whose new command has already ended is returned as `exited`.
   */
  respawn?(session: SessionRef, options: RespawnOptions): Promise<HostSession>

  /**
   * Clears away what remains of an exited session: its last screen, and its name if nothing else uses that. Does nothing to a
   * session whose command runs.
   */
  bury?(session: SessionRef): Promise<void>

  /**
   * Whether the host knows, without a call, that the command of this session has ended. The pool asks each time before it
   * returns a session, so the method must be cheap. False does not mean that the command runs.
   */
  hasEnded?(session: SessionRef): boolean

  /**
   * Calls `onChange` soon after a session may have ended, until the returned function is called. It is a hint: the pool lists
   * the sessions then, and from time to time in any case.
   */
  watch?(onChange: () => void): () => void

  /**
   * Stamps a session that the pool has taken in by its name, as `takenIn`. Does nothing to a session that has a stamp, believed
   * or not. Without this method, a session that others created has, after a restart, the workspace that its present name means.
   */
  stamp?(session: SessionRef, stamp: SessionStamp): Promise<void>

  /** Types `text` into the session, line breaks included, as one paste. No other call can type between the text and the Enter of this one. */
  sendText(session: SessionRef, text: string, options?: SendTextOptions): Promise<SendTextResult>

  /** Returns the visible screen as text, with `history` lines above it. */
  capture(session: SessionRef, options?: CaptureOptions): Promise<string>

  /**
   * Yields what the program of a session writes, until the session ends. The first chunk is empty: nothing that is written
   * after it is missed. Several readers of one session get the same.
   */
  output?(session: SessionRef, options?: OutputOptions): AsyncIterable<OutputChunk>

  /** Presses keys, given by name (`C-c`, `Escape`, `Up`) or as a single character. Rejects with a `TypeError` for an unknown key. */
  sendKeys?(session: SessionRef, keys: readonly string[], options?: SendKeysOptions): Promise<void>

  /** Sets the size of the terminal, in characters. The size stays until the next call. */
  resize?(session: SessionRef, size: { readonly cols: number; readonly rows: number }): Promise<void>

  /** Returns the command line with which a person attaches to the session. */
  attachCommand?(session: SessionRef): string[]

  /** Prepares the host. A pool calls it once, before any other method. */
  open?(): Promise<void>

  /** Releases connections and timers of the host. The sessions go on. */
  close?(): Promise<void>
}
