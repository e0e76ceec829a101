import { constants } from 'node:os'
import type { SessionEnd } from '@sessionkeep/contracts/host'

const SIGNALS: Readonly<Record<string, number>> = constants.signals

/**
 * Parses exit code, signal and time of a pane whose command has ended, joined by commas. tmux 3.2 knows the exit code
 * only, and later versions print the signal by name.
 */
export function parseEnd(text: string): SessionEnd {
  const [status = '', signalText = '', seconds = ''] = text.split(',')
  const signal = /^\d+$/.test(signalText) ? Number(signalText) : SIGNALS[`SIG${signalText.replace(/^SIG/, '')}`]
  return {
    ...(/^\d+$/.test(seconds) && { at: Number(seconds) * 1000 }),
    ...(signal !== undefined ? { signal } : /^\d+$/.test(status) && { exitCode: Number(status) }),
  }
}
