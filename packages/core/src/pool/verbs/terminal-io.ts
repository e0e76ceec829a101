import type { CaptureOptions, SendTextOptions, SendTextResult } from '../../contracts/session-host.ts'
import { codeOf } from '../../errors/code-of.ts'
import { HostError } from '../../errors/host-error.ts'
import type { Entry } from '../../sessions/session.ts'
import { hostFailure } from '../host-failure.ts'
import { knownEntry } from './require-session.ts'
import type { Verbs } from './verbs.ts'

/** Talking to a session by its workspace. A session that turns out to be gone leaves the pool at once. */
export function createConversation(verbs: Verbs) {
  const { core, look } = verbs
  const talk = async <T>(workspace: string, run: (entry: Entry) => Promise<T>): Promise<T> => {
    const entry = await knownEntry(verbs, workspace)
    try {
      return await run(entry)
    } catch (error) {
      if (codeOf(error) === 'SESSION_GONE') await look()
      throw hostFailure(error, workspace)
    }
  }
  const { host } = core.options
  const cannot = (verb: string): never => {
    throw new HostError('HOST_REFUSED', `The host ${host.name} has no ${verb}().`)
  }
  return {
    sendText: (workspace: string, text: string, options?: SendTextOptions): Promise<SendTextResult> =>
      talk(workspace, ({ session }) => host.sendText(session, text, options)),
    capture: (workspace: string, options?: CaptureOptions): Promise<string> =>
      talk(workspace, ({ session }) => host.capture(session, options)),
    sendKeys: (workspace: string, keys: readonly string[]): Promise<void> =>
      talk(workspace, async ({ session }) => (host.sendKeys ?? cannot('sendKeys')).call(host, session, keys)),
    resize: (workspace: string, size: { readonly cols: number; readonly rows: number }): Promise<void> =>
      talk(workspace, async ({ session }) => (host.resize ?? cannot('resize')).call(host, session, size)),
    attachCommand: (workspace: string): Promise<string[]> =>
      talk(workspace, async ({ session }) => (host.attachCommand ?? cannot('attachCommand')).call(host, session)),
  }
}
