/** `word` as an argument that tmux takes whole: it reads a `;` at the end of any argument as the end of the command. */
export function literal(word: string): string {
  return word.endsWith(';') ? `${word.slice(0, -1)}\\;` : word
}
