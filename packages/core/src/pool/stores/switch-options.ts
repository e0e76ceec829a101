import * as z from 'zod'
import { checkOptions, strictOptions } from '../../base/check-options.ts'
import { timeout } from '../../base/option-types.ts'
import type { Logger } from '../../contracts/logger.ts'
import { messageOf } from '../../errors/code-of.ts'
import type { SwitchOutcome } from '../../replication/switch-types.ts'

/** What a switch did. In `from` and `to`, `memory` stands for no store at all. */
export type SwitchReport = SwitchOutcome

export interface SwitchOptions {
  /** Why, for the log and `persistence()`; at most 500 characters. */
  readonly reason?: string | undefined
  /** How long it may take to have the new stores ready, ms. @defaultValue 10000 */
  readonly timeoutMs?: number | undefined
}

const SWITCH_DEADLINE_MS = 10_000
/** It is in each status and in log lines: no place for a whole file. */
const REASON_CHARACTERS = 500

const reason = z.string('must be text')
const switchOptions = strictOptions({
  reason: reason.max(REASON_CHARACTERS, `must have at most ${REASON_CHARACTERS} characters`).optional(),
  timeoutMs: timeout.default(SWITCH_DEADLINE_MS),
})
const rollbackOptions = strictOptions({
  reason: reason.transform((text) => text.slice(0, REASON_CHARACTERS)).optional(),
})

/** The options of `switchStore()`, filled in. Throws `CONFIG_INVALID`. */
export function resolveSwitch(options: unknown): SwitchOptions & { readonly timeoutMs: number } {
  return checkOptions('switchStore()', switchOptions, options)
}

/** Why it is rolled back. Never throws, whatever it was given: this call is made when nothing else works. */
export function reasonOfRollback(options: unknown, logger: Logger): string {
  const otherwise = 'rollback'
  try {
    return checkOptions('rollback()', rollbackOptions, options).reason ?? otherwise
  } catch (error) {
    const detail = messageOf(error)
    logger.warn({ detail }, 'The options of rollback() cannot be used - it is done all the same')
    return otherwise
  }
}
