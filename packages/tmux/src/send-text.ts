import { setTimeout as sleep } from 'node:timers/promises'
import type { SendTextOptions, SendTextResult } from '@sessionkeep/core'
import type { SessionRef } from '@sessionkeep/core/host'
import { MAX_TIMER_MS } from '@sessionkeep/core/store'
import type { HostContext } from './host-context.ts'
import { newMark } from './mark.ts'
import { type PaneCommand, runInPane } from './run-in-pane.ts'
import { typedText } from './text.ts'

// What the Enter key sends. Not send-keys: in copy mode tmux would take the key for itself.
const ENTER = '\r'
/** On the pane from the text to its Enter, so that whoever comes next can tell that a text was left unsubmitted. */
const PENDING_OPTION = '@sessionkeep_unsubmitted'
/** Clears the line that is being edited, in shells and in the agents that edit as they do. */
const CLEAR_LINE = ['C-e', 'C-u']

interface Paste {
  readonly input: string
  /** `-r` leaves newlines as they are, `-p` brackets the paste if the program asked for that. */
  readonly flags: string
  /** Whether a text is on its way to its Enter after this. */
  readonly leavesPending: boolean
  readonly clearFirst?: boolean
}

/** Gives whether a text was left unsubmitted before. */
async function paste(context: HostContext, ref: SessionRef, paste: Paste): Promise<boolean> {
  const { input, flags, leavesPending, clearFirst = false } = paste
  const buffer = newMark()
  const guard: PaneCommand = {
    before: ['load-buffer', '-b', buffer, '-'],
    run: (pane) =>
      [
        `display-message -p -t '${pane}' '#{${PENDING_OPTION}}'`,
        ...(clearFirst ? [`send-keys -t '${pane}' ${CLEAR_LINE.join(' ')}`] : []),
        `paste-buffer -d ${flags} -b ${buffer} -t '${pane}'`,
        leavesPending
          ? `set-option -p -t '${pane}' ${PENDING_OPTION} 1`
          : `set-option -p -u -t '${pane}' ${PENDING_OPTION}`,
      ].join(' ; '),
    otherwise: `delete-buffer -b ${buffer}`,
  }
  return (await runInPane(context, ref, guard, { input })).trim() === '1'
}

/** Text, pause and Enter are one turn: nothing else that this host types comes between them. */
export function sendText(
  context: HostContext,
  ref: SessionRef,
  text: string,
  options: SendTextOptions = {},
): Promise<SendTextResult> {
  return context.inTurn(() => typeText(context, ref, text, options), ref.incarnation ?? ref.sessionName)
}

async function typeText(
  context: HostContext,
  ref: SessionRef,
  text: string,
  { submit = false, delayMs = context.submitDelayMs, controls = 'strip', clearFirst = false }: SendTextOptions,
): Promise<SendTextResult> {
  if (typeof text !== 'string') throw new TypeError('text must be a string')
  if (!(delayMs >= 0 && delayMs <= MAX_TIMER_MS)) throw new TypeError('delayMs must be milliseconds, 0 or more')
  if (!['strip', 'refuse', 'pass'].includes(controls)) throw new TypeError('controls must be strip, refuse or pass')
  const input = typedText(text, controls)
  let foundUnsubmitted = false
  // Tmux makes no buffer of nothing; that the session is there is asked all the same.
  if (input === '') await runInPane(context, ref, { run: () => 'start-server' })
  else foundUnsubmitted = await paste(context, ref, { input, flags: '-p -r', leavesPending: submit, clearFirst })
  if (!submit) return { submitted: false, foundUnsubmitted }
  if (delayMs > 0 && input !== '') await sleep(delayMs)
  const pending = await paste(context, ref, { input: ENTER, flags: '-r', leavesPending: false })
  return { submitted: true, foundUnsubmitted: input === '' ? pending : foundUnsubmitted }
}
