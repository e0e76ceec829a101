/** The streams, the environment and the clock of one run of the command. A test can give its own. */
export interface Io {
  /** Where the data goes. Resolves when more can be written. */
  out(text: string): Promise<void>
  /** Whether the reader of the data has stopped reading, as `head` does. What is written from then on is dropped. */
  readonly isUnread?: boolean
  /** Where everything else goes: messages, warnings, progress. */
  err(text: string): void
  /** The bytes of standard input. */
  readonly stdin: AsyncIterable<Uint8Array>
  /** Whether a person looks at standard error, so that progress is shown. */
  readonly isTerminal: boolean
  /** Whether colours may be used on standard output. */
  readonly hasColour: boolean
  /** How many columns the terminal of standard output has; undefined if the output goes elsewhere. */
  readonly columns?: number | undefined
  /** How many columns the terminal of standard error has; undefined if that goes elsewhere. */
  readonly errColumns?: number | undefined
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  /** Aborted when the user interrupts the command. */
  readonly signal: AbortSignal
  /** The time now, ms since the epoch. */
  now(): number
}

/** The bytes of an input until it ends. Rejects at once when the user interrupts the command, even if the input brings nothing more. */
export async function* untilInterrupted(
  bytes: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const iterator = bytes[Symbol.asyncIterator]()
  const interrupted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
  interrupted.catch(() => undefined)
  for (;;) {
    signal.throwIfAborted()
    const { done, value } = await Promise.race([iterator.next(), interrupted])
    if (done) return
    yield value
  }
}

/** Ends a command that does nothing but write data, when nobody reads that any more. */
export class ReaderGone extends Error {}

/** The function with which such a command writes. */
export function streamTo(io: Io): (text: string) => Promise<void> {
  return async (text) => {
    await io.out(text)
    if (io.isUnread) throw new ReaderGone('Nobody reads the output any more.')
  }
}
