import { withoutCredentials } from '../../base/redact.ts'
import { atMost } from '../../base/timeout.ts'
import { createTimers } from '../../base/timers.ts'
import type { FlagEvent, FlagEventDetails, FlagOptions } from '../../contracts/flag-client.ts'
import type { Logger } from '../../contracts/logger.ts'
import { createLayerStatus } from '../layer-status.ts'
import type { LayerValue } from '../selection.ts'
import { askFlag, type FlagAnswer } from './ask-flag.ts'

const HEARD: readonly FlagEvent[] = [
  'PROVIDER_READY',
  'PROVIDER_CONFIGURATION_CHANGED',
  // Its values may be old; they are still its answers.
  'PROVIDER_STALE',
]
/** Of evaluations that never settle, no more than these are waited for. */
const MAX_PENDING = 3
const TIMEOUT_MS = 3000

/** The layer of an OpenFeature flag. `accept` takes a value into use, or rejects where it cannot be. */
export function createFlagLayer(flag: FlagOptions, logger: Logger, accept: (value: LayerValue) => Promise<void>) {
  const { client, timeoutMs = TIMEOUT_MS } = flag
  const status = createLayerStatus('flag', logger, { state: 'unanswered' })
  const tooLate = `no answer within ${timeoutMs} ms`
  const timers = createTimers()
  let stopped = false
  let started = false
  let asked = 0
  let heard = 0
  let pending = 0
  /** Whether something was heard of that was not asked for yet. */
  let missed = false
  let tellFirst: () => void = () => undefined
  const first = new Promise<void>((resolve) => {
    tellFirst = resolve
  })

  const take = async (answer: FlagAnswer): Promise<void> => {
    if (answer.state !== 'set') {
      status.refuse(answer.state, answer.detail)
      return
    }
    try {
      await accept(answer.value)
      status.accept('set')
    } catch (error) {
      status.refuse('invalid', error)
    }
  }

  const ask = async (): Promise<void> => {
    asked += 1
    const turn = asked
    pending += 1
    const giveUp = setTimeout(() => {
      if (turn > heard && !stopped) status.refuse('unanswered', tooLate)
    }, timeoutMs).unref()
    const answer = await askFlag(flag)
    clearTimeout(giveUp)
    pending -= 1
    if (missed) onEvent()
    // An answer that comes late counts, unless a later question was answered before it.
    if (stopped || turn < heard) return
    heard = turn
    // At the start a provider may take its time to begin.
    if (answer.state !== 'set' && answer.isPending && !started) return
    await take(answer)
    tellFirst()
  }

  const onEvent = (): void => {
    if (stopped) return
    missed = pending >= MAX_PENDING
    if (!missed) void ask()
  }
  const onError = (details?: FlagEventDetails): void => {
    if (!stopped) status.refuse('unanswered', `the provider failed${details?.message ? `: ${details.message}` : ''}`)
  }
  const listen = (call: 'addHandler' | 'removeHandler'): void => {
    try {
      for (const event of HEARD) client[call]?.(event, onEvent)
      client[call]?.('PROVIDER_ERROR', onError)
    } catch (error) {
      const words = withoutCredentials(error instanceof Error ? error.message : String(error))
      logger.warn({ layer: 'flag', detail: words }, 'The flag client failed - its events are not heard')
    }
  }

  return {
    status: status.get,
    /** Fulfils when the flag has said something, or after its time; from then on it is listened to. */
    async start(): Promise<void> {
      void ask()
      listen('addHandler')
      await atMost(timeoutMs, first)
      if (stopped) return
      started = true
      const { state, detail } = status.get()
      if (state === 'unanswered' && detail === undefined) status.refuse('unanswered', tooLate)
      // A provider that is back does not always say so.
      const again = async (): Promise<void> => {
        if (status.get().state !== 'set' && pending < MAX_PENDING) void ask()
      }
      timers.repeat(
        again,
        () => timeoutMs,
        (error) => status.refuse('unanswered', error),
      )
    },
    stop(): void {
      stopped = true
      tellFirst()
      timers.stop()
      listen('removeHandler')
    },
  }
}
