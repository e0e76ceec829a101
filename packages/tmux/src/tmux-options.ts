import { tmuxCommandLine, tmuxWord } from './script.ts'

/** Options of tmux, by name. True and false mean on and off. */
export type TmuxOptions = Readonly<Record<string, string | number | boolean>>

const NAME = /^@?[a-z][a-z0-9-]*(?:\[\d+\])?$/
/** Options on which the host itself relies. */
const OURS =
  /^(remain-on-exit|remain-on-exit-format|destroy-unattached|exit-unattached|exit-empty|default-command|@sessionkeep.*)$/

/** Why an option cannot be given; undefined when it can. */
export function tmuxOptionFault(name: string, value: unknown): string | undefined {
  if (!NAME.test(name)) return `${JSON.stringify(name)} is not the name of an option of tmux`
  if (OURS.test(name)) return `${name} is set by the host itself`
  const isText = typeof value === 'string' && !value.includes('\0')
  if (isText || typeof value === 'boolean' || Number.isFinite(value)) return undefined
  return `${name} must be a string, a number, true or false`
}

const textOf = (value: string | number | boolean): string =>
  typeof value === 'boolean' ? (value ? 'on' : 'off') : String(value)

/** Returns the commands that set the options of one session and its window. */
export function tmuxOptionCommands(target: string, options: TmuxOptions): string[] {
  return Object.entries(options).map(
    ([name, value]) => `set-option -t ${target} ${tmuxWord(name)} ${tmuxWord(textOf(value))}`,
  )
}

/** Has the user's own global `history-limit` on the server, from its change until it is set back. */
const USERS_LIMIT = '@sessionkeep-history'
const unlessOld = '#{?#{m/r:^(next-)?3[.][2-6]([^0-9]|$),#{version}},,new}'

/** The line before the global option as it was before its change. The rows of an answer begin at its mark, so this is without one. */
const LIMIT_BEFORE = 'history-limit-before'

/** The arguments with which tmux is asked for the global `history-limit`; see `readHistoryLimit()`. */
export const HISTORY_LIMIT_QUESTION = [
  ...['show-options', '-gv', 'history-limit', ';', 'show-options', '-sqv', USERS_LIMIT, ';'],
  ...['display-message', '-p', `history${unlessOld}`],
]

/**
 * Reads the user's own global `history-limit` from an answer; undefined without an answer. From tmux 3.7 on, the option of a session
 * counts for the panes that it has, and a change of the global option would cut the history of other panes. So it is `unneeded` there.
 */
export function readHistoryLimit(stdout: string): string | undefined {
  if (/^historynew$/m.test(stdout)) return 'unneeded'
  return stdout.match(/^\d+$/gm)?.at(-1)
}

/**
 * Returns the commands to run before and after a session is created, so that its first pane has the wanted number of lines above
 * its screen: before tmux 3.7, a pane takes that from the global option, and keeps it. The commands set the option back as soon
 * as the server does anything else: also while a hook of the user waits, and when the client is gone by then.
 *
 * @param present - The user's own value of the global option, as `readHistoryLimit()` returned it.
 */
export function historyLimitCommands(
  { 'history-limit': wanted }: TmuxOptions,
  present: string | undefined,
): { readonly before: string[]; readonly after: string[] } {
  if (wanted === undefined || present === undefined || present === 'unneeded') return { before: [], after: [] }
  const restore = `set-option -gF history-limit '#{${USERS_LIMIT}}' ; set-option -su ${USERS_LIMIT}`
  const after = `if-shell -F '#{${USERS_LIMIT}}' { ${restore} }`
  return {
    before: [
      `display-message -p '${LIMIT_BEFORE}#{${USERS_LIMIT}}'`,
      'show-options -gv history-limit',
      `set-option -soq ${USERS_LIMIT} ${present}`,
      // A command in the background waits for no hook, but run-shell reads its formats at once.
      tmuxCommandLine('run-shell -b -C', after.replaceAll('#', '##')),
      `set-option -g history-limit ${tmuxWord(textOf(wanted))}`,
    ],
    after: [after],
  }
}

/** The value that the user had given the global `history-limit` just before a session was created; undefined if it was being changed by a host. */
export function limitBefore(stdout: string): string | undefined {
  return new RegExp(`^${LIMIT_BEFORE}\\n(\\d+)$`, 'm').exec(stdout)?.[1]
}
