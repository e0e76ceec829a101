import { type Clock, checkOptions, type JsonObject, strictOptions } from '@sessionkeep/contracts'
import { PoolError } from '@sessionkeep/contracts/errors'
import { abortSignal, createKeyedQueue, once, waitAtMost } from '@sessionkeep/contracts/internal'
import * as z from 'zod'
import type { Events } from '../../sessions/events.ts'
import type { SessionView } from '../../sessions/session.ts'
import type { RequestVerbs } from './requests.ts'
import type { TerminalIo } from './terminal-io.ts'

/** The options of `withTurn()`. */
export interface TurnOptions {
  /** Gives up the turn: one that waits never begins, and one that runs is told by its own signal. @defaultValue none */
  readonly signal?: AbortSignal | undefined
}

/** What the function of a turn is given beside the session. */
interface Turn {
  /** Aborted when the turn is given up or interrupted, or its session ends. Stop typing then, and settle. */
  readonly signal: AbortSignal
}

/** The function that a turn runs. */
export type TurnFunction<Result, Attributes = JsonObject> = (
  session: SessionView<Attributes>,
  turn: Turn,
) => Result | Promise<Result>

/** The options of `interrupt()`. */
export interface InterruptOptions {
  /** The keys that make the program stop what it does. Coding agents often take `['Escape']`. @defaultValue `['C-c']` */
  readonly keys?: readonly string[] | undefined
}

/** How long a turn that was given up, or whose session has ended, may go on before the next one begins, ms. */
const GRACE_MS = 1000

const turnOptions = once(() => strictOptions({ signal: abortSignal.optional() }))
const interruptOptions = once(() => strictOptions({ keys: z.array(z.string()).min(1).optional() }))

interface RunningTurn {
  readonly abort: AbortController
  /** Aborted when the session of the turn ends. */
  readonly ended: AbortController
  /** The session of the turn, once its function was called. */
  session?: SessionView<unknown>
  /** The next turn begins only when this has settled. */
  interrupting: Promise<unknown>
}

/** Makes `withTurn()` and `interrupt()`. */
export function createTurns(requests: RequestVerbs, { sendKeys }: TerminalIo, events: Events, clock: Clock) {
  const queue = createKeyedQueue()
  const running = new Map<string, RunningTurn>()

  // A function that waits for an answer of the program would wait for ever if it did not learn that the session has ended.
  events.on('session:ended', ({ session: { workspace, incarnation } }) => {
    const { ended, session } = running.get(workspace) ?? {}
    if (!session || session.incarnation !== incarnation) return
    const message = `The session of ${workspace} ended during the turn; ask for it again to get a new one.`
    ended?.abort(new PoolError('SESSION_GONE', message, { context: { workspace } }))
  })

  const take = async <Result>(
    workspace: string,
    run: TurnFunction<Result, unknown>,
    abort: AbortController,
    begun: (result: Promise<Result>) => void,
  ): Promise<void> => {
    if (abort.signal.aborted) return
    const turn: RunningTurn = { abort, ended: new AbortController(), interrupting: Promise.resolve() }
    const signal = AbortSignal.any([abort.signal, turn.ended.signal])
    running.set(workspace, turn)
    const givenUp = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
    const result = requests.withRequest(workspace, (session) => {
      turn.session = session
      return run(session, { signal })
    })
    begun(result)
    await Promise.race([Promise.allSettled([result]), givenUp])
    // A function that was given up may still be typing.
    if (signal.aborted) await waitAtMost(GRACE_MS, Promise.allSettled([result]), clock)
    if (turn.ended.signal.aborted) abort.abort(turn.ended.signal.reason)
    let waitedFor: Promise<unknown> | undefined
    while (waitedFor !== turn.interrupting) {
      waitedFor = turn.interrupting
      await waitedFor
    }
    running.delete(workspace)
  }

  return {
    async withTurn<Result>(
      workspace: string,
      run: TurnFunction<Result, unknown>,
      options: TurnOptions = {},
    ): Promise<Result> {
      checkOptions('withTurn()', turnOptions(), options)
      const { signal } = options
      signal?.throwIfAborted()
      const abort = new AbortController()
      const onAbort = () => abort.abort(signal?.reason)
      signal?.addEventListener('abort', onAbort, { once: true })
      try {
        return await new Promise<Result>((resolve, reject) => {
          abort.signal.addEventListener('abort', () => reject(abort.signal.reason), { once: true })
          void queue.run(workspace, () => take(workspace, run, abort, (result) => void result.then(resolve, reject)))
        })
      } finally {
        signal?.removeEventListener('abort', onAbort)
      }
    },

    async interrupt(workspace: string, options: InterruptOptions = {}): Promise<boolean> {
      checkOptions('interrupt()', interruptOptions(), options)
      const { keys = ['C-c'] } = options
      const turn = running.get(workspace)
      // The next turn waits for the keys, which would otherwise interrupt that one.
      const pressing = sendKeys(workspace, keys)
      if (turn) turn.interrupting = Promise.allSettled([turn.interrupting, pressing])
      let isRefused = false
      try {
        await pressing
      } catch (error) {
        // The host has pressed nothing if a text is no key, so the program and its turn go on.
        isRefused = error instanceof TypeError
        throw error
      } finally {
        const message = `The turn of ${workspace} was interrupted.`
        if (!isRefused) turn?.abort.abort(new PoolError('TURN_INTERRUPTED', message, { context: { workspace } }))
      }
      return turn !== undefined
    },
  }
}
