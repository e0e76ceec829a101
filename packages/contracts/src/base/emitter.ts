import { EventEmitter } from 'node:events'

type Listener = (payload: never) => unknown

interface Registration {
  readonly event: string
  readonly listener: Listener
  readonly safeListener: (payload: unknown) => void
}

/**
 * An event emitter whose listeners cannot break their source: what a listener throws or rejects with is given to `onFailed`.
 * A function that is registered twice is called twice, and each registration is removed for itself.
 */
export function createEmitter(onFailed: (event: string, error: unknown) => void) {
  const emitter = new EventEmitter()
  const registrations: Registration[] = []

  const remove = (registered: Registration): void => {
    const at = registrations.indexOf(registered)
    if (at < 0) return
    registrations.splice(at, 1)
    emitter.off(registered.event, registered.safeListener)
  }

  // A function of its own, since each request asks and hardly ever gets here: the engine inlines only what is short.
  const hasListener = (event: string, other: string): boolean =>
    registrations.some((one) => one.event === event || one.event === other)

  return {
    /** Calls `listener` at each `event`, in the order of registration. Returns a function that removes it. */
    on(event: string, listener: Listener): () => void {
      const safeListener = (payload: unknown) => {
        try {
          const result = listener(payload as never)
          if (result instanceof Promise) result.catch((error: unknown) => onFailed(event, error))
        } catch (error) {
          onFailed(event, error)
        }
      }
      const registered = { event, listener, safeListener }
      registrations.push(registered)
      emitter.on(event, safeListener)
      return () => remove(registered)
    },
    /** Removes the latest registration of `listener`. Does nothing when there is none. */
    off(event: string, listener: Listener): void {
      const found = registrations.findLast((one) => one.event === event && one.listener === listener)
      if (found) remove(found)
    },
    /** Whether one of two events has a listener. */
    isHeard: (event: string, other: string): boolean => registrations.length > 0 && hasListener(event, other),
    emit(event: string, payload: unknown): void {
      emitter.emit(event, payload)
    },
  }
}
