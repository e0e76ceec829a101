import { checkSize } from '@sessionkeep/contracts'
import type { SessionRef } from '@sessionkeep/contracts/host'
import type { HostContext } from './host-context.ts'
import { runInPane } from './run-in-pane.ts'

/** Gives the window of a session a fixed size, in cells, whatever clients attach or detach. */
export async function resize(
  context: HostContext,
  ref: SessionRef,
  size: { readonly cols: number; readonly rows: number },
): Promise<void> {
  checkSize(size)
  await runInPane(context, ref, { run: (pane) => `resize-window -t '${pane}' -x ${size.cols} -y ${size.rows}` })
}
