import * as z from 'zod'
import type { Clock } from '../base/clock.ts'
import { didYouMean } from '../base/closest-match.ts'
import { withTimeout } from '../base/timeout.ts'
import { createTimers } from '../base/timers.ts'
import type { MetadataOptions } from '../contracts/config-source.ts'
import type { FlagAnswer, FlagSource } from '../contracts/flag-source.ts'
import type { Logger } from '../contracts/logger.ts'
import { codeOf, messageOf } from '../errors/code-of.ts'
import { ConfigError } from '../errors/config-error.ts'
import { redact } from '../errors/redact.ts'
import { createLayerStatus } from './layer-status.ts'
import { notAName, STORE_NAMES } from './names.ts'
import type { LayerValue } from './selection.ts'

/** Of readings that never settle, no more than these are waited for. */
const MAX_PENDING = 3
const TIMEOUT_MS = 3000
/** A service's own words are cut at this, characters. */
const LONGEST_REASON = 500

const name = z.string().trim().min(1)
const flagValue = z.union([
  name.transform((store) => ({ store })),
  z.strictObject({ store: name, mirror: z.array(name).optional() }),
])

type Reading =
  | { readonly state: 'set'; readonly value: LayerValue }
  | { readonly state: 'unset' | 'invalid' | 'unanswered'; readonly detail: string; readonly isPending?: boolean }

/** The layer of a flag. `accept` takes a value into use, or rejects where it cannot be. */
export function createFlagLayer(
  flag: FlagSource,
  { logger, clock }: { readonly logger: Logger; readonly clock: Clock },
  accept: (value: LayerValue) => Promise<void>,
) {
  const { timeoutMs = TIMEOUT_MS } = flag
  const status = createLayerStatus('flag', { logger, clock }, { state: 'unanswered' })
  const tooLate = `no answer within ${timeoutMs} ms`
  const timers = createTimers()
  let stopped = false
  let started = false
  let asked = 0
  let heard = 0
  let pending = 0
  /** Whether a change was announced that was not read yet. */
  let missed = false
  let unsubscribe: () => void = () => undefined
  let announceFirst: () => void = () => undefined
  const first = new Promise<void>((resolve) => {
    announceFirst = resolve
  })

  const take = async (reading: Reading): Promise<void> => {
    if (reading.state !== 'set') {
      status.refuse(reading.state, reading.detail)
      return
    }
    try {
      await accept(reading.value)
      status.accept('set')
    } catch (error) {
      status.refuse('invalid', error)
    }
  }

  const ask = async (): Promise<void> => {
    asked += 1
    const turn = asked
    pending += 1
    const answered = clock.after(timeoutMs, () => {
      if (turn > heard && !stopped) status.refuse('unanswered', tooLate)
    })
    const reading = await read(flag)
    answered()
    pending -= 1
    if (missed) changed()
    // An answer that comes late counts, unless a later question was answered before it.
    if (stopped || turn < heard) return
    heard = turn
    // At the start a service may take its time to begin.
    if (reading.state !== 'set' && reading.isPending && !started) return
    await take(reading)
    announceFirst()
  }

  const changed = (): void => {
    if (stopped) return
    missed = pending >= MAX_PENDING
    if (!missed) void ask()
  }
  const failed = (reason: string): void => {
    if (!stopped) status.refuse('unanswered', reason)
  }
  /** A source that cannot be listened to is read again until it answers. */
  const guarded = (task: () => void): void => {
    try {
      task()
    } catch (error) {
      logger.warn({ layer: 'flag', detail: wordsOf(error) }, 'The flag source failed - its changes are not heard')
    }
  }

  return {
    status: status.get,
    /** Fulfils when the flag has said something, or after its time; from then on it is listened to. */
    async start(): Promise<void> {
      void ask()
      guarded(() => {
        unsubscribe = flag.subscribe?.({ changed, failed }) ?? unsubscribe
      })
      await withTimeout(timeoutMs, undefined, () => first, { clock, keepAlive: true, onTimeout: () => undefined })
      if (stopped) return
      started = true
      const { state, detail } = status.get()
      if (state === 'unanswered' && detail === undefined) status.refuse('unanswered', tooLate)
      // A service that is back does not always say so.
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
      announceFirst()
      timers.stop()
      guarded(() => unsubscribe())
    },
  }
}

/** Reads once. Never rejects; whoever calls it gives up what never settles. */
async function read(flag: FlagSource): Promise<Reading> {
  try {
    return readingOf(await flag.read())
  } catch (error) {
    return { state: codeOf(error)?.startsWith('CONFIG_') ? 'invalid' : 'unanswered', detail: wordsOf(error) }
  }
}

function readingOf({ value, reason, isPending = false }: FlagAnswer): Reading {
  const why = reason ? wordsOf(reason) : undefined
  if (isPending) return { state: 'unanswered', detail: why ?? 'the flag service has not started', isPending }
  if (isNothing(value)) return { state: 'unset', detail: `the flag has no value${why ? ` (${why})` : ''}` }
  const parsed = flagValue.safeParse(value)
  if (!parsed.success) return { state: 'invalid', detail: 'the flag is neither a string nor { store, mirror }' }
  const { store, mirror } = parsed.data as { store: string; mirror?: string[] | undefined }
  return { state: 'set', value: { store, ...(mirror ? { mirror } : {}), ...(why ? { reason: why } : {}) } }
}

function isNothing(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0
  return value === undefined || value === null || (typeof value === 'string' && value.trim() === '')
}

function wordsOf(reason: unknown): string {
  // Masked before it is cut, since half a login would not be known for one.
  return redact(messageOf(reason)).slice(0, LONGEST_REASON)
}

/**
 * Refuses names that only the flag has written down: whoever may turn a flag chooses among stores, and does not decide which
 * code a gateway loads. Known are ours, those chosen in environment, code and file, and those with options.
 */
export function checkFlagNames(
  { store, mirror = [] }: LayerValue,
  others: ReadonlyArray<Pick<MetadataOptions, 'store' | 'mirror'> | undefined>,
  stores: Readonly<Record<string, unknown>>,
): void {
  const chosen = others.flatMap((other) => [other?.store, ...(other?.mirror ?? [])]).filter(isText)
  const known = [...new Set([...STORE_NAMES, ...Object.keys(stores), ...chosen])]
  for (const name of [store, ...mirror].filter(isText)) {
    if (known.includes(name)) continue
    throw (
      notAName(name) ??
      new ConfigError(
        'CONFIG_UNKNOWN_STORE',
        `The flag names the store "${name}", which nobody else knows.${didYouMean(name, known)} Give its options in the configuration, if only {}, and the flag may choose it.`,
        { context: { store: name } },
      )
    )
  }
}

function isText(choice: unknown): choice is string {
  return typeof choice === 'string'
}
