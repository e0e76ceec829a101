import type { Logger, SessionPool, SessionView } from '@sessionkeep/core'
import { mapInTurns } from '../in-turns.ts'
import { persistenceAnswer, type SessionBody, sessionAnswer } from '../views.ts'
import { guarded } from './guarded.ts'

/** How often changes are sent, ms. */
const TICK_MS = 1000
const FAILED = 'The changes of the pool cannot be sent'

/**
 * Sends the changes of each second to listeners: changed sessions, sessions that are gone, and persistence. All listeners get the
 * same text. Without listeners nothing is compared.
 */
export function createChanges(pool: SessionPool<never>, logger: Pick<Logger, 'error'>) {
  const listeners = new Set<(data: string) => void>()
  let timer: NodeJS.Timeout | undefined
  let known = new Map<string, SessionBody>()
  let stores = ''

  const answerTo = (view: SessionView<unknown>) => [view.workspace, sessionAnswer(view)] as const
  const look = (answers: ReadonlyArray<readonly [string, SessionBody]>): string | undefined => {
    const before = known
    known = new Map(answers)
    const sessions = [...known.values()].filter((session) => before.get(session.workspace) !== session)
    const gone = [...before.keys()].filter((workspace) => !known.has(workspace))
    const persistence = persistenceAnswer(pool.persistence())
    const text = JSON.stringify([persistence, pool.getStats()])
    const isSame = text === stores && sessions.length === 0 && gone.length === 0
    stores = text
    if (isSame) return undefined
    return JSON.stringify({ now: Date.now(), sessions, gone, persistence, stats: pool.getStats() })
  }
  const begin = guarded(logger, FAILED, () => look(pool.listSessions().map(answerTo)))
  const tick = guarded(logger, FAILED, async () => {
    const of = timer
    const answers = await mapInTurns(pool.listSessions(), answerTo)
    // Meanwhile the last listener may have left, and a first one may have come, which knows a later state.
    const data = timer === of ? look(answers) : undefined
    if (data !== undefined) for (const listener of listeners) listener(data)
  })
  const stop = (): void => {
    clearInterval(timer)
    timer = undefined
  }

  return {
    /** Calls `listener` with the changes of each second. Returns a function that removes the listener. */
    listen(listener: (data: string) => void): () => void {
      if (!timer) {
        void begin()
        timer = setInterval(tick, TICK_MS)
        timer.unref()
      }
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
        if (listeners.size === 0) stop()
      }
    },
    close(): void {
      stop()
      listeners.clear()
    },
  }
}

export type Changes = ReturnType<typeof createChanges>
