import { type Clock, codeOf, type Logger, messageOf } from '@sessionkeep/contracts'

/**
 * The state of a layer.
 *
 * - `set`: the layer names a store or mirrors.
 * - `unset`: the layer names neither.
 * - `invalid`: the value cannot be used, and the layer never had a valid one.
 * - `unanswered`: the flag has not answered yet.
 * - `kept`: the present value is missing or cannot be used, and the last good one still applies.
 */
export type LayerState = 'set' | 'unset' | 'invalid' | 'unanswered' | 'kept'

interface Begin {
  readonly state: LayerState
  readonly detail?: string | undefined
  /** Whether the layer has a valid value already. */
  readonly hasGood?: boolean
}

/** Tracks the state of a layer that can change while the pool runs. Logs each fault once, and when it ends. */
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
    /** Notes that the present value, which may be empty, is used. */
    accept(next: 'set' | 'unset'): void {
      if (logged !== undefined) logger.info({ layer }, 'A layer of the selection can be used again')
      logged = undefined
      isGood = true
      become(next)
    },
    /** Notes that the present value is not used, and why. */
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
