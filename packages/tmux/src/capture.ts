import type { SessionRef } from '@sessionkeep/core'
import { guarded } from './guard.ts'
import type { HostContext } from './host-context.ts'

export function capture(context: HostContext, ref: SessionRef): Promise<string> {
  return guarded(context, ref, { run: ({ pane }) => `capture-pane -p -t '${pane}'`, exitedToo: true })
}
