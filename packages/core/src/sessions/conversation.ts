import { hostFailure } from '../context/host-failure.ts'
import { assertRunning, findEntry } from '../context/pool-core.ts'
import type { SendTextOptions } from '../contracts/session-host.ts'
import type { Entry } from '../memory/entry.ts'
import { codeOf } from '../replica/store-failure.ts'
import type { Verbs } from './verbs.ts'

/** Talking to a session by its workspace. A session that turns out to be gone leaves the pool at once. */
export function createConversation({ core, look }: Verbs) {
  const talk = async <T>(workspace: string, run: (entry: Entry) => Promise<T>): Promise<T> => {
    assertRunning(core)
    const entry = findEntry(core, workspace)
    try {
      return await run(entry)
    } catch (error) {
      if (codeOf(error) === 'SESSION_GONE') await look()
      throw hostFailure(error, workspace)
    }
  }
  const { host } = core.options
  return {
    sendText: (workspace: string, text: string, options?: SendTextOptions): Promise<void> =>
      talk(workspace, ({ session }) => host.sendText(session, text, options)),
    capture: (workspace: string): Promise<string> => talk(workspace, ({ session }) => host.capture(session)),
  }
}
