import { setTimeout as sleep } from 'node:timers/promises'
import type { SendTextOptions, SessionRef } from '@sessionkeep/core'
import { type Guarded, guarded } from './guard.ts'
import type { HostContext } from './host-context.ts'
import { newMark } from './mark.ts'

const LONGEST_DELAY_MS = 2 ** 31 - 1
// What the Enter key sends. Not send-keys: in copy mode tmux would take the key for itself.
const ENTER = '\r'

/** `flags`: `-r` leaves newlines as they are, `-p` brackets the paste if the program asked for that. */
async function paste(context: HostContext, ref: SessionRef, input: string, flags: string): Promise<void> {
  const buffer = newMark()
  const guard: Guarded = {
    before: ['load-buffer', '-b', buffer, '-'],
    run: ({ pane }) => `paste-buffer -d ${flags} -b ${buffer} -t '${pane}'`,
    otherwise: `delete-buffer -b ${buffer}`,
  }
  await guarded(context, ref, guard, { input })
}

export async function sendText(
  context: HostContext,
  ref: SessionRef,
  text: string,
  { submit = false, delayMs = 0 }: SendTextOptions = {},
): Promise<void> {
  if (typeof text !== 'string') throw new TypeError('text must be a string')
  if (!(delayMs >= 0 && delayMs <= LONGEST_DELAY_MS)) throw new TypeError('delayMs must be milliseconds, 0 or more')
  // tmux makes no buffer of nothing; that the session is there is asked all the same.
  if (text === '') await guarded(context, ref, { run: () => 'start-server' })
  else await paste(context, ref, text, '-p -r')
  if (!submit) return
  if (delayMs > 0) await sleep(delayMs)
  await paste(context, ref, ENTER, '-r')
}
