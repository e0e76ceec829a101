import type { SessionRef } from '@sessionkeep/contracts/host'
import { isGone } from './errors.ts'
import type { HostContext } from './host-context.ts'
import { runInPane } from './run-in-pane.ts'

/**
 * Closes the pane of a session whose command has ended, and with its last pane the session. Panes that a person added
 * stay. tmux checks that the command has ended and closes the pane in one step.
 */
export async function bury(context: HostContext, ref: SessionRef): Promise<void> {
  try {
    await runInPane(context, ref, {
      run: (pane) => `if-shell -F -t '${pane}' '#{pane_dead}' "kill-pane -t '${pane}'"`,
      allowExited: true,
    })
  } catch (error) {
    // The pane was closed meanwhile, or its server has ended.
    if (!isGone(error)) throw error
  }
}
