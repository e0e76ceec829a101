import { httpError } from '../errors.ts'

/** How often a stream gets `beat`, so that proxies keep an idle one open and a dead client is noticed; ms. */
export const BEAT_MS = 15_000

/** One open stream. */
export interface OpenStream {
  /** Aborted when the stream, or the app, is closed. */
  readonly signal: AbortSignal
  /** Closes the stream. Calling it again does nothing. */
  readonly close: () => void
}

/** Counts the streams of an app, and closes them with it. */
export function createStreams(max: number) {
  const open = new Set<AbortController>()
  let isClosed = false
  return {
    /** Opens a stream. @throws `TOO_MANY_STREAMS`, `APP_CLOSED` */
    open(): OpenStream {
      if (isClosed) throw httpError('APP_CLOSED', 'The gateway ends, or has closed these routes; connect again later.')
      if (open.size >= max)
        throw httpError('TOO_MANY_STREAMS', `${max} streams are open; close one, or raise maxStreams.`)
      const controller = new AbortController()
      open.add(controller)
      const close = () => {
        open.delete(controller)
        controller.abort()
      }
      return { signal: controller.signal, close }
    },
    /** Closes every stream. Clients connect again by themselves, so none opens after that: it would keep a server open. */
    closeAll(): void {
      isClosed = true
      for (const controller of open) controller.abort()
      open.clear()
    },
  }
}

export type Streams = ReturnType<typeof createStreams>
