/**
 * Quotes a text as one word of the command language of tmux. Commands go to tmux through standard input and not as
 * arguments, because every user of the machine can read the arguments of a running process. Line breaks are escaped,
 * since tmux drops the blanks after a line break inside quotes. A tilde is escaped, since tmux puts a home directory in the
 * place of one at the beginning, even inside quotes.
 */
export function tmuxWord(text: string): string {
  const escaped = text
    .replace(/[\\"$~]/g, '\\$&')
    .replace(CONTROL, (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`)
  return `"${escaped}"`
}

const CONTROL = new RegExp(`[${String.fromCharCode(1)}-${String.fromCharCode(31)}${String.fromCharCode(127)}]`, 'g')

/** Returns a tmux command line: the command unchanged, then each argument quoted. */
export function tmuxCommandLine(command: string, ...args: readonly string[]): string {
  return [command, ...args.map(tmuxWord)].join(' ')
}

/** Joins commands into one group: when one fails, the rest of the group is skipped. */
export function oneGroup(...commands: readonly string[]): string {
  return commands.join(' ; ')
}
