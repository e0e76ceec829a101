import type { LaunchPlace, StoredRecord } from '@sessionkeep/contracts'
import { PoolError } from '@sessionkeep/contracts/errors'
import type { CreateSessionOptions } from '@sessionkeep/contracts/host'
import { COMMAND_WITHHELD } from './plan.ts'

type LaunchOptions = Pick<CreateSessionOptions, 'cwd' | 'env' | 'command' | 'cols' | 'rows'>

/** The longest command line that is stored, in characters. */
const MAX_COMMAND = 4096

/**
 * What is stored of how a session was started: where it runs, and the command and the names of the variables that the caller of
 * `getOrCreateSession()` gave. The pool asks `launch` again for the rest.
 */
export function placeOf(
  given: LaunchOptions,
  used: Pick<LaunchOptions, 'cwd' | 'cols' | 'rows'>,
  redact: (text: string) => string = (text) => text,
): LaunchPlace {
  const { cwd, cols, rows } = used
  const { command, env } = given
  const line = typeof command === 'string' ? redact(command) : command?.map((word) => redact(word))
  const isShort = line !== undefined && JSON.stringify(line).length <= MAX_COMMAND
  const names = Object.keys(env ?? {}).filter((name) => env?.[name] !== undefined)
  return {
    ...(cwd !== undefined && { cwd }),
    ...(isShort && { command: line }),
    ...(command !== undefined && !(isShort && isSame(line, command)) && { withheld: true as const }),
    ...(cols !== undefined && { cols }),
    ...(rows !== undefined && { rows }),
    ...(names.length > 0 && { env: names.sort() }),
  }
}

/** How the resumed session was started. It is used for options that neither `launch` nor the call gives. */
export function lastPlace(resumed: { readonly record: StoredRecord } | undefined): LaunchOptions {
  const { env: _env, withheld, command, ...place } = resumed?.record.place ?? {}
  return { ...place, ...(command !== undefined && !withheld && { command }) }
}

/** What is kept for the next session of the workspace: the command, unless `launch` or the call replaced it, and the names of the variables. */
export function keptPlace(
  resumed: { readonly record: StoredRecord } | undefined,
  byPool: LaunchOptions,
  given: LaunchOptions,
): LaunchPlace {
  const { command, env, withheld } = resumed?.record.place ?? {}
  const isReplaced = byPool.command !== undefined || given.command !== undefined
  return {
    ...(!isReplaced && { ...(command !== undefined && { command }), ...(withheld && { withheld }) }),
    ...(env && { env }),
  }
}

/**
 * Refuses to start a session again without the command and the variables that it had.
 *
 * @throws `NOT_RESUMABLE` if the session had a command or variables that are not stored, and nobody gives them now
 */
export function assertGiven(
  workspace: string,
  { record }: { readonly record: StoredRecord },
  { env, command }: Pick<LaunchOptions, 'env' | 'command'>,
): void {
  if (record.place?.withheld && command === undefined) {
    const message = `The session of ${workspace} is not started again by itself: ${COMMAND_WITHHELD}. Return it from launch(), or give it to the call.`
    throw new PoolError('NOT_RESUMABLE', message, { retryable: false, context: { workspace, why: 'command' } })
  }
  const missing = (record.place?.env ?? []).filter((name) => env?.[name] === undefined)
  if (missing.length === 0) return
  const message = `The session of ${workspace} was given ${missing.join(', ')}, whose values are not stored; return them from launch(), or give them to the call.`
  throw new PoolError('NOT_RESUMABLE', message, { retryable: false, context: { workspace, why: 'env' } })
}

const isSame = (a: LaunchPlace['command'], b: LaunchPlace['command']): boolean =>
  JSON.stringify(a) === JSON.stringify(b)
