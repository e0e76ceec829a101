import { ConfigError } from '../errors/config-error.ts'

/** It is shown in each status and in the log. */
const LONGEST = 500

/** The reason for a switch, as it was given. Throws `CONFIG_INVALID` for what is no text, or too long a one. */
export function checkReason(reason: unknown): string | undefined {
  if (reason === undefined || (typeof reason === 'string' && reason.length <= LONGEST)) return reason
  throw new ConfigError('CONFIG_INVALID', `reason of a switch must be a text of at most ${LONGEST} characters.`)
}

/** As much of the reason for a rollback as is kept: that call is refused for nothing. */
export function keptReason(reason: unknown): string {
  return typeof reason === 'string' ? reason.slice(0, LONGEST) : 'rollback'
}
