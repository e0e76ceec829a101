import { parseIncarnation } from '../incarnation.ts'
import type { Target } from '../target.ts'

/** One word of tmux's command language, taken as it stands; of plain names, ids, formats and base64, which have no quote in them. */
export function quote(word: string): string {
  return `'${word}'`
}

const both = (a: string, b: string) => `#{&&:${a},${b}}`
const either = (a: string, b: string) => `#{||:${a},${b}}`

/** Run in one step with the check that the target found is the one meant; a target that is not there runs nothing. */
function ifMeant({ pane, isMeant }: Target, commands: readonly string[], also?: string): string {
  const condition = also === undefined ? isMeant : both(isMeant, also)
  return `if-shell -F -t ${quote(pane)} ${quote(condition)} { ${commands.join(' ; ')} }`
}

/** Whether a record that names a session of this very server names the one that it would be written to. */
function speaksOf(incarnation: string | undefined): string | undefined {
  const named = incarnation === undefined ? undefined : parseIncarnation(incarnation)
  if (!named) return undefined
  return either(`#{!=:#{pid}.#{start_time},${named.server}}`, `#{==:#{session_id},${named.id}}`)
}

/** `value` is a format, and of base64 besides. */
export function setLine(target: Target, option: string, value: string, incarnation: string | undefined): string {
  const set = `set-option -F -t ${quote(target.pane)} ${option} ${quote(value)}`
  return ifMeant(target, [set], speaksOf(incarnation))
}

export function unsetLine(target: Target, option: string): string {
  return ifMeant(target, [`set-option -u -t ${quote(target.pane)} ${option}`])
}

export function setAsideLine(target: Target, option: string, aside: string): string {
  const pane = quote(target.pane)
  const commands = [`set-option -F -t ${pane} ${aside} ${quote(`#{${option}}`)}`, `set-option -u -t ${pane} ${option}`]
  return ifMeant(target, commands, `#{!=:#{${option}},}`)
}
