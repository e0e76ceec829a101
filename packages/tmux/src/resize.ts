import type { SessionRef } from '@sessionkeep/contracts/host'
import { MAX_CELLS } from './create-script.ts'
import type { HostContext } from './host-context.ts'
import { runInPane } from './run-in-pane.ts'

/** Gives the window of a session a fixed size, in cells, whatever clients attach or detach. */
export async function resize(
  context: HostContext,
  ref: SessionRef,
  size: { readonly cols: number; readonly rows: number },
): Promise<void> {
  for (const cells of [size.cols, size.rows]) {
    if (!Number.isSafeInteger(cells) || cells < 1 || cells > MAX_CELLS)
      throw new TypeError(`cols and rows must be whole numbers from 1 to ${MAX_CELLS}`)
  }
  await runInPane(context, ref, { run: (pane) => `resize-window -t '${pane}' -x ${size.cols} -y ${size.rows}` })
}
