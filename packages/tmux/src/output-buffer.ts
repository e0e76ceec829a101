import type { OutputChunk } from '@sessionkeep/contracts/host'

/** What one reader of an output has not read yet, up to a limit. */
export interface OutputBuffer {
  push(data: Uint8Array): void
  /** Ends the output once its rest was read. With an error, `next()` then rejects with that error. */
  end(error?: unknown): void
  /** The next chunk; undefined at the end. */
  next(): Promise<OutputChunk | undefined>
}

/** The output of one pane, and everybody who reads it. tmux has one pipe for each pane. */
export interface Tap {
  readonly readers: Set<OutputBuffer>
  isClosed(): boolean
  close(error?: unknown): void
}

/** Makes a buffer of at most `maxBytes`. The oldest data is dropped beyond that, and counted. */
export function createOutputBuffer(maxBytes: number): OutputBuffer {
  let chunks: Uint8Array[] = []
  let size = 0
  let lost = 0
  let ended: { readonly error: unknown } | undefined
  let wake: (() => void) | undefined

  const drop = (): void => {
    for (let over = size - maxBytes; over > 0; ) {
      const [first = new Uint8Array()] = chunks
      const dropped = Math.min(over, first.length)
      if (dropped === first.length) chunks.shift()
      else chunks[0] = first.subarray(dropped)
      over -= dropped
      size -= dropped
      lost += dropped
    }
  }
  return {
    push(data) {
      chunks.push(data)
      size += data.length
      drop()
      wake?.()
    },
    end(error) {
      ended ??= { error }
      wake?.()
    },
    async next() {
      while (size === 0 && !ended) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
      if (size > 0) {
        const chunk = { data: new Uint8Array(Buffer.concat(chunks)), lost }
        chunks = []
        size = 0
        lost = 0
        return chunk
      }
      if (ended?.error !== undefined) throw ended.error
      return undefined
    },
  }
}
