import { StoreError } from '@sessionkeep/contracts'
import type { ConnectContext, Driver, Engine } from './engine.ts'
import { type Backend, storeError, timedOut } from './errors.ts'
import { raceAbort } from './race-abort.ts'

/** A connection that is made again when it is lost. */
export interface Connection {
  /**
   * Runs a task on the live connection, after connecting if there is none. Rejects with a `StoreError`, at the latest
   * after `timeoutMs`.
   */
  use<T>(signal: AbortSignal, action: 'open' | 'use', task: (engine: Engine) => Promise<T>): Promise<T>
  /** Closes the connection within `timeoutMs`. */
  end(): Promise<void>
}

interface Attempt {
  readonly engine: Promise<Engine>
  readonly given: AbortController
}

/**
 * Keeps at most one connection. What was sent earlier is executed earlier, so a write whose answer never came cannot
 * overwrite a later one. No timer checks for the return of the server: the next call does, by connecting.
 */
export function connectionTo(
  driver: Driver,
  backend: Backend,
  timeoutMs: number,
  use: Omit<ConnectContext, 'signal' | 'onLost'>,
): Connection {
  let current: Attempt | undefined
  let silentSince: number | undefined
  let isEnded = false

  const connect = (): Attempt => {
    const given = new AbortController()
    const forget = () => {
      if (current === attempt) current = undefined
    }
    const context: ConnectContext = { ...use, signal: given.signal, onLost: forget }
    const timer = setTimeout(() => given.abort(new Error('the connection was not made in time')), timeoutMs)
    const engine = raceAbort(given.signal, driver.connect(context)).finally(() => clearTimeout(timer))
    const attempt: Attempt = { engine, given }
    engine.catch(forget)
    silentSince = undefined
    return attempt
  }

  const live = (): Attempt => {
    const isSilent = silentSince !== undefined && performance.now() - silentSince > timeoutMs
    if (isSilent && driver.replaceable) discard()
    current ??= connect()
    return current
  }

  const discard = () => {
    const last = current
    current = undefined
    last?.given.abort(new Error('the connection was given up'))
    return last?.engine.then((engine) => engine.end()).catch(() => undefined)
  }

  return {
    async use(signal, action, task) {
      if (signal.aborted) throw timedOut(backend, 'the call was given up by its caller', signal.reason)
      const began = performance.now()
      const deadline = new AbortController()
      const expire = () => deadline.abort(timedOut(backend, `${timeoutMs} ms have passed`))
      const giveUp = () => deadline.abort(timedOut(backend, 'the call was given up by its caller', signal.reason))
      const timer = setTimeout(expire, timeoutMs)
      signal.addEventListener('abort', giveUp, { once: true })
      let mine: Attempt | undefined
      const run = async () => {
        if (isEnded) throw new StoreError('STORE_CLOSED', 'The Keyv store was closed.')
        mine = live()
        const answer = await task(await mine.engine)
        if (current === mine) silentSince = undefined
        return answer
      }
      try {
        return await raceAbort(deadline.signal, run())
      } catch (error) {
        if (deadline.signal.aborted && current === mine) silentSince ??= began
        throw storeError(error, backend, action)
      } finally {
        clearTimeout(timer)
        signal.removeEventListener('abort', giveUp)
      }
    },
    async end() {
      isEnded = true
      const timer = new AbortController()
      const bound = setTimeout(() => timer.abort(), timeoutMs)
      await raceAbort(timer.signal, Promise.resolve(discard())).catch(() => undefined)
      clearTimeout(bound)
    },
  }
}
