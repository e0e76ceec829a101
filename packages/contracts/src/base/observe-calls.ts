import { traced } from './diagnostics.ts'

/** The asynchronous methods whose first argument is a workspace. */
const OF_A_SESSION = [
  ...['getOrCreateSession', 'deleteSession', 'saveSessionMetadata', 'resumeSession', 'respawn', 'setDraining'],
  ...['withRequest', 'withTurn', 'interrupt', 'sendText', 'sendKeys', 'capture', 'resize', 'attachCommand'],
] as const
/** The other asynchronous methods. */
const OF_THE_POOL = [
  ...['start', 'stop', 'terminate', 'discoverExistingSessions', 'planResume', 'resume', 'forgetEnded', 'reapNow'],
  ...['switchStore', 'rollback'],
] as const

type Verb = (...given: readonly unknown[]) => Promise<unknown>

/** Publishes each call of an asynchronous method of a pool on the tracing channel. */
export function observeCalls(pool: object, key: string): void {
  const verbs = pool as Record<string, Verb>
  const observe = (call: string, isOfSession: boolean): void => {
    const verb = verbs[call]
    if (!verb) return
    verbs[call] = (...given) => {
      const [workspace] = given
      const of = isOfSession && typeof workspace === 'string' ? { workspace } : {}
      return traced(
        'call',
        () => ({ pool: key, call, ...of }),
        () => verb(...given),
      )
    }
  }
  for (const call of OF_A_SESSION) observe(call, true)
  for (const call of OF_THE_POOL) observe(call, false)
}
