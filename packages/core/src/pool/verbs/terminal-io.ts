import type { SendTextOptions, SessionHost } from '../../contracts/session-host.ts'
import type { Discovery } from '../../discovery/discover.ts'
import { codeOf } from '../../errors/code-of.ts'
import type { Session } from '../../sessions/session.ts'
import { hostFailure } from '../host-failure.ts'
import type { RequireSession } from './require-session.ts'

/** Terminal I/O with a session by its workspace. A session that turns out to be gone leaves the pool at once. */
export function createTerminalIo(host: SessionHost, requireSession: RequireSession, { pollHost }: Discovery) {
  const run = async <T>(workspace: string, call: (session: Session) => Promise<T>): Promise<T> => {
    const session = await requireSession(workspace)
    try {
      return await call(session)
    } catch (error) {
      if (codeOf(error) === 'SESSION_GONE') await pollHost()
      throw hostFailure(error, workspace)
    }
  }
  return {
    sendText: (workspace: string, text: string, options?: SendTextOptions): Promise<void> =>
      run(workspace, ({ hosted }) => host.sendText(hosted, text, options)),
    capture: (workspace: string): Promise<string> => run(workspace, ({ hosted }) => host.capture(hosted)),
  }
}
