import { existsSync } from 'node:fs'

export const isRoot = process.getuid?.() === 0
export const isLinux = process.platform === 'linux'
const isDebian = isLinux && existsSync('/etc/debian_version') && existsSync('/usr/bin/apt-get')
export const isCi = process.env.CI === 'true'

/** Where everything can be installed, nothing may be skipped. */
export const isComplete = isCi && isRoot && isDebian

/** Variables that would lead a child to this person's own store, tmux server or colours. */
const PERSONAL = [
  'SESSIONKEEP_STORE',
  'SESSIONKEEP_MIRROR',
  'SESSIONKEEP_DIRECTORY',
  'SESSIONKEEP_FILE',
  'SESSIONKEEP_KEYV_URI',
  'SESSIONKEEP_KEYV_NAMESPACE',
  'SESSIONKEEP_KEYV_TABLE',
  'TMUX',
  'TMUX_TMPDIR',
  'FORCE_COLOR',
  'CLICOLOR_FORCE',
]

/** What children get: they write plain text, and touch nothing of the person who runs them. */
export function childEnvironment() {
  const kept = Object.entries(process.env).filter(([name]) => !PERSONAL.includes(name))
  return { ...Object.fromEntries(kept), NO_COLOR: '1', TURBO_TELEMETRY_DISABLED: '1' }
}
