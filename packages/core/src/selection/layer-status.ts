import type { Clock } from '../base/clock.ts'
import type { Logger } from '../contracts/logger.ts'
import { codeOf, messageOf } from '../errors/code-of.ts'

/**
 * How a layer stands.
 *
 * - `set`: it has a value.
 * - `unset`: nothing is said there.
 * - `invalid`: what is said there cannot be used, and nothing before it could.
 * - `unanswered`: the flag has not answered.
 * - `kept`: what is said there now cannot be had or used; its last good value holds.
 */
export type LayerState = 'set' | 'unset' | 'invalid' | 'unanswered' | 'kept'

interface Begin {
  readonly state: LayerState
  readonly detail?: string | undefined
  /** Whether there is a good value already. */
  readonly hasGood?: boolean
}

/** The state of a layer that changes by itself. Logs each fault once, and its end. */
export function createLayerStatus(
  layer: string,
  { logger, clock }: { readonly logger: Logger; readonly clock: Clock },
  { state, detail, hasGood = false }: Begin,
) {
  let status: { state: LayerState; detail: string | undefined; since: number } = { state, detail, since: clock.date() }
  const become = (next: LayerState, detail?: string): void => {
    const since = next === status.state ? status.since : clock.date()
    status = { state: next, detail, since }
  }
  let isGood = hasGood
  let logged: string | undefined

  return {
    get: () => status,
    /** What it says now, or that it says nothing, is in use. */
    accept(next: 'set' | 'unset'): void {
      if (logged !== undefined) logger.info({ layer }, 'A layer of the selection can be used again')
      logged = undefined
      isGood = true
      become(next)
    },
    /** What it says now is not in use. */
    refuse(next: 'unset' | 'invalid' | 'unanswered', reason: unknown): void {
      const detail = messageOf(reason)
      become(isGood ? 'kept' : next, detail)
      if (logged === detail) return
      logged = detail
      const fields = { layer, state: status.state, detail, code: codeOf(reason) }
      if (isGood) logger.warn(fields, 'A layer of the selection cannot be used - its last good value is kept')
      else logger.warn(fields, 'A layer of the selection cannot be used - it is skipped')
    },
  }
}
