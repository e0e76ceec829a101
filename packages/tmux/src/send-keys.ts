import { checkKeys } from '@sessionkeep/contracts'
import type { SendKeysOptions, SessionRef } from '@sessionkeep/contracts/host'
import { HostError } from '@sessionkeep/contracts/host'
import type { HostContext } from './host-context.ts'
import { runInPane } from './run-in-pane.ts'
import { tmuxWord } from './script.ts'
import { takeTurn } from './turn.ts'

/** These have a code with each modifier. */
const MOVING =
  'Up Down Left Right Home End PageUp PPage PageDown NPage Insert IC Delete DC F1 F2 F3 F4 F5 F6 F7 F8 F9 F10 F11 F12'.split(
    ' ',
  )
const TYPING = 'Enter Escape Tab BTab BSpace Space'.split(' ')
/** Modifiers, then the name of a key or one printable character, or one character of another script. tmux would type anything else as text. */
const KEY = new RegExp(
  `^(?:(?:[CMS]-){0,3}(?:${[...MOVING, ...TYPING].join('|')}|[!-~])|[\\p{L}\\p{N}\\p{P}\\p{S}])$`,
  'u',
)
/**
 * The keys that have a code in each terminal. Without one, tmux before 3.5 types the name of the key as text, and later versions
 * leave out the modifier, so that Shift-Enter would submit a text.
 */
const PLAIN = new RegExp(
  `^(?:(?:[CMS]-)*(?:${MOVING.join('|')})|(?:M-)?(?:${TYPING.join('|')}|[!-~])|(?:C-|M-C-|C-M-)(?:Space|[A-Za-z@[\\\\\\]^_?])|C-[268/-]|[^!-~])$`,
  'u',
)
/** What Shift-Tab is called in tmux. */
const SHIFT_TAB = /^(M-)?S-(M-)?Tab$/

/** Returns the command that leaves every mode that a user has opened in a pane, such as copy mode. */
export function leaveModeCommand(pane: string): string {
  return `if-shell -F -t '${pane}' '#{pane_in_mode}' { copy-mode -q -t '${pane}' }`
}

/**
 * Returns the commands that press keys in a pane. If a user has opened a mode there, such as copy mode, it is left first. If a user
 * has synchronized the panes, all of them would get the keys, so this pane is taken out for that moment.
 */
export function keyCommands(pane: string, keys: readonly string[]): string {
  const at = `-t '${pane}'`
  const set = `set-option -p ${at} synchronize-panes`
  const press = `${leaveModeCommand(pane)} ; send-keys ${at} -- ${keys.map(tmuxWord).join(' ')}`
  // Afterwards the pane inherits the option from its window again, or gets its own value back.
  const restore = `set-option -p -u ${at} synchronize-panes ; if-shell -F ${at} '#{?pane_synchronized,,1}' { ${set} on }`
  return `if-shell -F ${at} '#{pane_synchronized}' { ${set} off ; ${press} ; ${restore} } { ${press} }`
}

const NO_CODE = 'no-code'

/** Returns the commands that press keys if the program has asked for the codes of extended keys, and else print `NO_CODE`. */
function extendedKeyCommands(pane: string, keys: readonly string[]): string {
  const isExtended = '#{m:Ext*,#{pane_key_mode}}'
  return `${leaveModeCommand(pane)} ; if-shell -F -t '${pane}' '${isExtended}' { ${keyCommands(pane, keys)} } 'display-message -p ${NO_CODE}'`
}

/**
 * Presses keys in a session, in order and in one step. They reach the program even when a user has the pane in copy
 * mode. The wait for the turn has no time-out, since a text may take long.
 */
export async function sendKeys(
  context: HostContext,
  ref: SessionRef,
  keys: readonly string[],
  options: SendKeysOptions = {},
): Promise<void> {
  checkKeys(keys, options)
  const wrong = keys.find((key) => !KEY.test(key))
  if (wrong !== undefined) {
    throw new TypeError(
      `${JSON.stringify(wrong).slice(0, 40)} is not a key; give names such as C-c, Escape, Up, Enter, F1, or one character`,
    )
  }
  const pressed = keys.map((key) => key.replace(SHIFT_TAB, '$1$2BTab'))
  return takeTurn(context, ref, () => press(context, ref, pressed), options)
}

async function press(context: HostContext, ref: SessionRef, keys: readonly string[]): Promise<void> {
  const special = keys.find((key) => !PLAIN.test(key))
  const said = await runInPane(context, ref, {
    run: (pane) => (special === undefined ? keyCommands(pane, keys) : extendedKeyCommands(pane, keys)),
  })
  if (!said.includes(NO_CODE)) return
  const message = `the key ${JSON.stringify(special)} has no code in this terminal, so that the program would get another key or a text; it has one from tmux 3.5 on, with the option extended-keys of tmux and a program that asks for such keys`
  throw new HostError('HOST_REFUSED', message, { context: { sessionName: ref.sessionName } })
}
