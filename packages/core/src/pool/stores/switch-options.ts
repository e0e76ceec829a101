import { checkOptions, type Logger, messageOf, strictOptions } from '@sessionkeep/contracts'
import { once, timeout } from '@sessionkeep/contracts/internal'
import type { SwitchOutcome } from '@sessionkeep/replication'
import * as z from 'zod'

/** The result of a switch. In `from` and `to`, `memory` means that no store was or is active. */
export type SwitchReport = SwitchOutcome

/** The options of `switchStore()`. */
export interface SwitchOptions {
  /** The reason, for the log and `persistence()`; at most 500 characters. @defaultValue none */
  readonly reason?: string | undefined
  /** How long the new stores may take to get ready, ms. @defaultValue 10000 */
  readonly timeoutMs?: number | undefined
}

const DEFAULT_TIMEOUT_MS = 10_000
/** The longest reason, characters. It is repeated in every status and in log lines. */
const REASON_CHARACTERS = 500

const reason = () => z.string('must be text')
const switchOptions = once(() =>
  strictOptions({
    reason: reason().max(REASON_CHARACTERS, `must have at most ${REASON_CHARACTERS} characters`).optional(),
    timeoutMs: timeout.default(DEFAULT_TIMEOUT_MS),
  }),
)
const rollbackOptions = once(() =>
  strictOptions({
    reason: reason()
      .transform((text) => text.slice(0, REASON_CHARACTERS))
      .optional(),
  }),
)

/** Checks the options of `switchStore()` and fills in defaults. @throws `CONFIG_INVALID` */
export function resolveSwitch(options: unknown): SwitchOptions & { readonly timeoutMs: number } {
  return checkOptions('switchStore()', switchOptions(), options)
}

/** The reason in the options of `rollback()`. Never throws, because a rollback must work when nothing else does. */
export function reasonOfRollback(options: unknown, logger: Logger): string {
  const fallback = 'rollback'
  try {
    return checkOptions('rollback()', rollbackOptions(), options).reason ?? fallback
  } catch (error) {
    const detail = messageOf(error)
    logger.warn({ detail }, 'The options of rollback() cannot be used - it is done all the same')
    return fallback
  }
}
