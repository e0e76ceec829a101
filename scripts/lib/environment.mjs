import { existsSync } from 'node:fs'

export const isRoot = process.getuid?.() === 0
export const isLinux = process.platform === 'linux'
const isDebian = isLinux && existsSync('/etc/debian_version') && existsSync('/usr/bin/apt-get')
export const isCi = process.env.CI === 'true'

/** Whether every prerequisite can be installed here; then no test may be skipped. */
export const isComplete = isCi && isRoot && isDebian

/** Matches variables that would lead a child process to the user's stores, gateway or tmux server, or make it print colours. */
const PERSONAL =
  /^(SESSIONKEEP_(STORE|MIRROR|DIRECTORY|FILE|KEYV_\w+|POOL_ID|SOCKET|TOKEN|LOG_LEVEL)|TMUX|TMUX_TMPDIR|FORCE_COLOR|CLICOLOR_FORCE)$/

/** The environment of child processes. They print plain text, and do not touch the user's sessions and files. */
export function childEnvironment() {
  const passed = Object.entries(process.env).filter(([name]) => !PERSONAL.test(name))
  return { ...Object.fromEntries(passed), NO_COLOR: '1', TURBO_TELEMETRY_DISABLED: '1' }
}
