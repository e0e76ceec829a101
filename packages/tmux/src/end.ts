import { constants } from 'node:os'
import type { SessionEnd } from '@sessionkeep/contracts/host'

/** What was read from the pane of an ended command. */
export interface LastScreen {
  readonly text: string
  /** The signal that the message of tmux names, if the screen ends with that message. */
  readonly signal: number | undefined
}

const SIGNALS: Readonly<Record<string, number>> = constants.signals

/**
 * Parses exit code, signal and time of a pane whose command has ended, joined by commas. tmux 3.2 has the exit code
 * only, and later versions print the signal by name.
 */
export function parseEnd(text: string): SessionEnd {
  const [status = '', signalText = '', seconds = ''] = text.split(',')
  const signal = signalOf(signalText)
  return {
    ...(/^\d+$/.test(seconds) && { at: Number(seconds) * 1000 }),
    ...(signal !== undefined ? { signal } : /^\d+$/.test(status) && { exitCode: Number(status) }),
  }
}

/** The number of a signal that tmux printed by name or by number; undefined for another text. */
export function signalOf(text: string): number | undefined {
  return /^\d+$/.test(text) ? Number(text) : SIGNALS[`SIG${text.replace(/^SIG/, '')}`]
}
