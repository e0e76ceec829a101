import { type Clock, ConfigError, codeOf, type Logger, messageOf } from '@sessionkeep/contracts'
import { createTimers, didYouMean, once, redact, withTimeout } from '@sessionkeep/contracts/internal'
import * as z from 'zod'
import type { MetadataOptions } from './config-source.ts'
import type { FlagAnswer, FlagSource } from './flag-source.ts'
import { createLayerStatus } from './layer-status.ts'
import { invalidName, STORE_NAMES } from './names.ts'
import type { LayerValue } from './selection.ts'

/** The most reads at the same time. A service that never answers must not collect more of them. */
const MAX_PENDING = 3
/** A read that has had no answer for this long is no longer counted, ms. Its answer may be lost although the service works again. */
const GIVEN_UP_MS = 600_000
const TIMEOUT_MS = 3000
/** The longest text of a service that is reported, characters. */
const MAX_REASON_LENGTH = 500

const flagValue = once(() => {
  const name = z.string().trim().min(1)
  return z.union([
    name.transform((store) => ({ store })),
    z.strictObject({ store: name, mirror: z.array(name).optional() }),
  ])
})

type Reading =
  | { readonly state: 'set'; readonly value: LayerValue }
  | { readonly state: 'unset' | 'invalid' | 'unanswered'; readonly detail: string; readonly isPending?: boolean }

/** The layer of the feature flag. `accept` applies a new value, and rejects when it cannot be used. */
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
  let lastRead = 0
  let lastAnswered = 0
  /** The reads that have no answer yet, each with the time at which it began, monotonic ms. */
  const pending = new Set<{ readonly since: number }>()
  /** Whether a change was announced while too many reads were running. */
  let missed = false
  let unsubscribe: () => void = () => undefined
  let announceFirst: () => void = () => undefined
  const first = new Promise<void>((resolve) => {
    announceFirst = resolve
  })

  const isFull = (): boolean =>
    [...pending].filter(({ since }) => clock.now() - since < GIVEN_UP_MS).length >= MAX_PENDING

  const apply = async (reading: Reading): Promise<void> => {
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

  const readOnce = async (): Promise<void> => {
    lastRead += 1
    const id = lastRead
    const mine = { since: clock.now() }
    pending.add(mine)
    const cancelTimeout = clock.after(timeoutMs, () => {
      if (id > lastAnswered && !stopped) status.refuse('unanswered', tooLate)
    })
    const reading = await read(flag)
    cancelTimeout()
    pending.delete(mine)
    if (missed) changed()
    // A late answer counts, unless a later read was answered before it.
    if (stopped || id < lastAnswered) return
    lastAnswered = id
    // The start of the pool waits for a service that is still starting.
    if (reading.state !== 'set' && reading.isPending && !started) return
    await apply(reading)
    announceFirst()
  }

  const changed = (): void => {
    if (stopped) return
    missed = isFull()
    if (!missed) void readOnce()
  }
  const failed = (reason: string): void => {
    if (!stopped) status.refuse('unanswered', reason)
  }
  /** Calls a method of the source. If it throws, a line is logged, and the pool does not notice changes of the flag. */
  const withoutThrowing = (task: () => void): void => {
    try {
      task()
    } catch (error) {
      logger.warn({ layer: 'flag', detail: textOf(error) }, 'The flag source failed - its changes are not noticed')
    }
  }

  return {
    status: status.get,
    /** Resolves when the flag has answered, or after `timeoutMs`. Later changes are then applied as they come. */
    async start(): Promise<void> {
      void readOnce()
      withoutThrowing(() => {
        unsubscribe = flag.subscribe?.({ changed, failed }) ?? unsubscribe
      })
      await withTimeout(timeoutMs, undefined, () => first, { clock, keepAlive: true, onTimeout: () => undefined })
      if (stopped) return
      started = true
      const { state, detail } = status.get()
      if (state === 'unanswered' && detail === undefined) status.refuse('unanswered', tooLate)
      // A service that recovers does not always announce it.
      const readAgain = async (): Promise<void> => {
        if ((missed || status.get().state !== 'set') && !isFull()) changed()
      }
      timers.repeat(
        readAgain,
        () => timeoutMs,
        (error) => status.refuse('unanswered', error),
      )
    },
    stop(): void {
      stopped = true
      announceFirst()
      timers.stop()
      withoutThrowing(() => unsubscribe())
    },
  }
}

/** Reads the flag once. Never rejects, but may never settle, so the caller needs a time-out. */
async function read(flag: FlagSource): Promise<Reading> {
  try {
    return readingOf(await flag.read())
  } catch (error) {
    return { state: codeOf(error)?.startsWith('CONFIG_') ? 'invalid' : 'unanswered', detail: textOf(error) }
  }
}

function readingOf({ value, reason, isPending = false }: FlagAnswer): Reading {
  const why = reason ? textOf(reason) : undefined
  if (isPending) return { state: 'unanswered', detail: why ?? 'the flag service has not started', isPending }
  if (isNothing(value)) return { state: 'unset', detail: `the flag has no value${why ? ` (${why})` : ''}` }
  const parsed = flagValue().safeParse(value)
  if (!parsed.success) return { state: 'invalid', detail: 'the flag is neither a string nor { store, mirror }' }
  const { store, mirror } = parsed.data as { store: string; mirror?: string[] | undefined }
  return { state: 'set', value: { store, ...(mirror ? { mirror } : {}), ...(why ? { reason: why } : {}) } }
}

function isNothing(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0
  return value === undefined || value === null || (typeof value === 'string' && value.trim() === '')
}

function textOf(reason: unknown): string {
  // Redacted before it is cut, because a part of a login could not be recognised.
  return redact(messageOf(reason)).slice(0, MAX_REASON_LENGTH)
}

/**
 * Refuses names of stores that only the flag mentions: a person who may change a flag may choose among known stores, and must
 * not decide which code a gateway loads. Known stores are those of this project, those that environment, program or file
 * select, those that have options, and those whose plug-in the program gives.
 *
 * @throws `CONFIG_UNKNOWN_STORE`
 */
export function checkFlagNames(
  { store, mirror = [] }: LayerValue,
  others: ReadonlyArray<Pick<MetadataOptions, 'store' | 'mirror'> | undefined>,
  configured: readonly string[],
): void {
  const chosen = others.flatMap((other) => [other?.store, ...(other?.mirror ?? [])]).filter(isText)
  const known = [...new Set([...STORE_NAMES, ...configured, ...chosen])]
  for (const name of [store, ...mirror].filter(isText)) {
    if (known.includes(name)) continue
    throw (
      invalidName(name) ??
      new ConfigError(
        'CONFIG_UNKNOWN_STORE',
        `The flag names the store "${name}", which the configuration does not know.${didYouMean(name, known)} Add its options to the configuration, even as {}, so that the flag may select it.`,
        { context: { store: name } },
      )
    )
  }
}

function isText(choice: unknown): choice is string {
  return typeof choice === 'string'
}
