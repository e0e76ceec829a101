import { parseIncarnation } from '../incarnation.ts'
import type { Target } from '../target.ts'

/** Quotes a word for tmux. Use it only for plain names, ids, formats and base64, which contain no quote. */
export function quote(word: string): string {
  return `'${word}'`
}

const both = (a: string, b: string) => `#{&&:${a},${b}}`
const either = (a: string, b: string) => `#{||:${a},${b}}`

/**
 * Returns a line that runs commands in one step with the check that the session found is the one addressed. It does
 * nothing when that session does not exist.
 */
function ifTarget({ pane, isTarget }: Target, commands: readonly string[], also?: string): string {
  const condition = also === undefined ? isTarget : both(isTarget, also)
  return `if-shell -F -t ${quote(pane)} ${quote(condition)} { ${commands.join(' ; ')} }`
}

/** A format that is false when the record names another session of this same server. */
function describesTarget(incarnation: string | undefined): string | undefined {
  const named = incarnation === undefined ? undefined : parseIncarnation(incarnation)
  if (!named) return undefined
  return either(`#{!=:#{pid}.#{start_time},${named.server}}`, `#{==:#{session_id},${named.id}}`)
}

/** Returns the line that sets the option. `value` is a format and base64. */
export function setLine(target: Target, option: string, value: string, incarnation: string | undefined): string {
  const set = `set-option -F -t ${quote(target.pane)} ${option} ${quote(value)}`
  return ifTarget(target, [set], describesTarget(incarnation))
}

/** Returns the line that removes the option. */
export function unsetLine(target: Target, option: string): string {
  return ifTarget(target, [`set-option -u -t ${quote(target.pane)} ${option}`])
}

/** Returns the line that moves the value to the option `aside`. */
export function setAsideLine(target: Target, option: string, aside: string): string {
  const pane = quote(target.pane)
  const commands = [`set-option -F -t ${pane} ${aside} ${quote(`#{${option}}`)}`, `set-option -u -t ${pane} ${option}`]
  return ifTarget(target, commands, `#{!=:#{${option}},}`)
}
