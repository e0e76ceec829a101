/**
 * One word of tmux's command language that is read back as `text`. Commands go to tmux through its standard input in this
 * language, and not as arguments: arguments can be read by every user of the machine, for as long as the server lives.
 * Line breaks are escaped, since tmux drops the blanks that follow one inside of quotes.
 */
export function tmuxWord(text: string): string {
  const escaped = text
    .replace(/[\\"$]/g, '\\$&')
    .replace(CONTROL, (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`)
  return `"${escaped}"`
}

const CONTROL = new RegExp(`[${String.fromCharCode(1)}-${String.fromCharCode(31)}${String.fromCharCode(127)}]`, 'g')

/** A command line of tmux: the command as it stands, then its arguments as words. */
export function tmuxCommandLine(command: string, ...args: readonly string[]): string {
  return [command, ...args.map(tmuxWord)].join(' ')
}

/** Commands that are one group: where one fails, those behind it are not run. */
export function oneGroup(...commands: readonly string[]): string {
  return commands.join(' ; ')
}
