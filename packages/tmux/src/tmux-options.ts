import { tmuxWord } from './script.ts'

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

/**
 * Returns the commands to run before and after a session is created, so that its first pane has the wanted number of lines above
 * its screen: a pane takes that from the global option, and keeps it.
 *
 * @param present - The value of the global option now.
 */
export function historyLimitCommands(
  { 'history-limit': wanted }: TmuxOptions,
  present: string | undefined,
): { readonly before: string[]; readonly after: string[] } {
  if (wanted === undefined || present === undefined) return { before: [], after: [] }
  const set = (value: string) => `set-option -g history-limit ${tmuxWord(value)}`
  return { before: [set(textOf(wanted))], after: [set(present)] }
}
