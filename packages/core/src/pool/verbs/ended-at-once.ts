import { PoolError } from '@sessionkeep/contracts/errors'
import { type SessionEnd, withoutValues } from '@sessionkeep/contracts/host'
import type { LaunchOptions } from './launch-options.ts'

/** The longest part of the last screen that the error shows, in characters. */
const LONGEST = 2000

/** The error of a new session whose command has ended before the session was handed out. */
export function endedAtOnce(workspace: string, end: SessionEnd | undefined, env: LaunchOptions['env']): PoolError {
  const { exitCode, signal, screen } = end ?? {}
  const facts =
    exitCode !== undefined ? ` with exit code ${exitCode}` : signal !== undefined ? ` by signal ${signal}` : ''
  const message = `The command of the new session of ${workspace} ended at once${facts}; context.screen has its last lines.`
  const shown = screen === undefined ? {} : { screen: withoutValues(screen, env).slice(-LONGEST) }
  return new PoolError('SESSION_NOT_READY', message, { context: { workspace, exitCode, signal, ...shown } })
}
