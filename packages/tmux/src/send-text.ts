import { setTimeout as sleep } from 'node:timers/promises'
import { checkTyping } from '@sessionkeep/contracts'
import type { SendTextOptions, SendTextResult, SessionRef } from '@sessionkeep/contracts/host'
import { confirmOf, lookAt, lookAtRest, untilTaken } from './confirm.ts'
import type { HostContext } from './host-context.ts'
import { newMark } from './mark.ts'
import { type PaneCommand, runInPane } from './run-in-pane.ts'
import { keyCommands, leaveModeCommand } from './send-keys.ts'
import { typedText } from './text.ts'
import { takeTurn } from './turn.ts'

// The character of the Enter key. It is pasted, because in copy mode tmux would handle a key of send-keys itself.
const ENTER = '\r'
/** Set on the pane from a text until its Enter, so that the next caller can see that a text was not submitted. */
const PENDING_OPTION = '@sessionkeep_unsubmitted'
/** The keys that clear the edited line in shells, and in agents that use the same keys. */
const CLEAR_LINE = ['C-e', 'C-u']

interface Paste {
  readonly input: string
  /** `-r` keeps line breaks as they are; `-p` brackets the paste if the program asked for that. */
  readonly flags: string
  /** Whether the text still waits for its Enter afterwards. */
  readonly leavesPending: boolean
  readonly clearFirst?: boolean
}

/** Pastes a text. Resolves with whether an earlier text was left unsubmitted. */
async function paste(context: HostContext, ref: SessionRef, paste: Paste): Promise<boolean> {
  const { input, flags, leavesPending, clearFirst = false } = paste
  const buffer = newMark()
  const command: PaneCommand = {
    before: ['load-buffer', '-b', buffer, '-'],
    run: (pane) =>
      [
        `display-message -p -t '${pane}' '#{${PENDING_OPTION}}'`,
        // In a mode, such as copy mode, tmux does not know whether the program asked for a bracketed paste.
        ...(flags.includes('-p') ? [leaveModeCommand(pane)] : []),
        ...(clearFirst ? [keyCommands(pane, CLEAR_LINE)] : []),
        `paste-buffer -d ${flags} -b ${buffer} -t '${pane}'`,
        leavesPending
          ? `set-option -p -t '${pane}' ${PENDING_OPTION} 1`
          : `set-option -p -u -t '${pane}' ${PENDING_OPTION}`,
      ].join(' ; '),
    otherwise: `delete-buffer -b ${buffer}`,
  }
  return (await runInPane(context, ref, command, { input })).trim() === '1'
}

/**
 * Types a text and, with `submit`, presses Enter after a pause. Nothing else that this host types comes in between. The wait for
 * the turn has no time-out, since many texts may wait for each other. A text that has begun is finished, whatever its signal says.
 */
export async function sendText(
  context: HostContext,
  ref: SessionRef,
  text: string,
  options: SendTextOptions = {},
): Promise<SendTextResult> {
  checkTyping(text, options)
  const input = typedText(text, options.controls ?? 'strip')
  return takeTurn(context, ref, () => typeText(context, ref, input, options), { signal: options.signal })
}

async function typeText(
  context: HostContext,
  ref: SessionRef,
  input: string,
  options: SendTextOptions,
): Promise<SendTextResult> {
  const { submit = false, delayMs = context.submitDelayMs, clearFirst = false } = options
  const confirm = confirmOf(options)
  let foundUnsubmitted = false
  const empty = confirm && input !== '' ? await lookAt(context, ref) : undefined
  // tmux makes no empty buffer, so this only checks that the session takes input.
  if (input === '') await runInPane(context, ref, { run: () => 'start-server' })
  else foundUnsubmitted = await paste(context, ref, { input, flags: '-p -r', leavesPending: submit, clearFirst })
  if (!submit) return { submitted: false, foundUnsubmitted }
  if (delayMs > 0 && input !== '') await sleep(delayMs)
  const pressEnter = () => paste(context, ref, { input: ENTER, flags: '-r', leavesPending: false })
  const before = confirm && (await lookAtRest(context, ref, empty))
  const pending = await pressEnter()
  if (confirm && before) await untilTaken(context, ref, { before, confirm, pressEnter })
  const result = { submitted: true, foundUnsubmitted: input === '' ? pending : foundUnsubmitted }
  return confirm ? { ...result, confirmed: true } : result
}
