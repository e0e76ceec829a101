import { existsSync } from 'node:fs'

export const isRoot = process.getuid?.() === 0
export const isLinux = process.platform === 'linux'
const isDebian = isLinux && existsSync('/etc/debian_version') && existsSync('/usr/bin/apt-get')
export const isCi = process.env.CI === 'true'

/** Whether every prerequisite can be installed here; then no test may be skipped. */
export const isComplete = isCi && isRoot && isDebian

/** Variables that would lead a child process to the user's store or tmux server, or make it print colours. */
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

/** The environment of child processes. They print plain text, and do not touch the user's sessions and files. */
export function childEnvironment() {
  const passed = Object.entries(process.env).filter(([name]) => !PERSONAL.includes(name))
  return { ...Object.fromEntries(passed), NO_COLOR: '1', TURBO_TELEMETRY_DISABLED: '1' }
}
