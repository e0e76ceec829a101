import { PoolError } from '@sessionkeep/contracts/errors'
import type { SessionEnd } from '@sessionkeep/contracts/host'
import type { LaunchOptions } from './launch-options.ts'

/** The longest part of the last screen that the error shows, in characters. */
const LONGEST = 2000
/** Shorter values are no secrets, and removing them would make the screen unreadable. */
const SHORTEST_VALUE = 4

/** The error of a new session whose command has ended before the session was handed out. */
export function endedAtOnce(workspace: string, end: SessionEnd | undefined, env: LaunchOptions['env']): PoolError {
  const { exitCode, signal, screen } = end ?? {}
  const facts =
    exitCode !== undefined ? ` with exit code ${exitCode}` : signal !== undefined ? ` by signal ${signal}` : ''
  const message = `The command of the new session of ${workspace} ended at once${facts}; context.screen has its last lines.`
  const shown = screen === undefined ? {} : { screen: withoutValues(screen, env).slice(-LONGEST) }
  return new PoolError('SESSION_NOT_READY', message, { context: { workspace, exitCode, signal, ...shown } })
}

/** Replaces the values of `env`, which a program may have printed and which may be secret. */
function withoutValues(screen: string, env: LaunchOptions['env']): string {
  const values = Object.values(env ?? {}).filter((value) => value !== undefined && value.length >= SHORTEST_VALUE)
  return values.reduce<string>((text, value) => text.replaceAll(String(value), '***'), screen)
}
