import { existsSync } from 'node:fs'

export const isRoot = process.getuid?.() === 0
export const isLinux = process.platform === 'linux'
const isDebian = isLinux && existsSync('/etc/debian_version') && existsSync('/usr/bin/apt-get')
const isCi = process.env.CI === 'true'

/** Where everything can be installed, nothing may be skipped. */
export const isComplete = isCi && isRoot && isDebian

/** Children write plain text, and keep what they measure to themselves. */
export function childEnvironment() {
  const { FORCE_COLOR: _, CLICOLOR_FORCE: __, ...rest } = process.env
  return { ...rest, NO_COLOR: '1', TURBO_TELEMETRY_DISABLED: '1' }
}
