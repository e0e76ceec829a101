import { mkdtempSync, rmSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * Gives all tests an empty home directory until they have ended. The shells of their sessions would otherwise run the start-up
 * files of whoever runs the tests, which may take seconds each. npm and git go on with their own files.
 */
export function setup(): () => void {
  const former = homedir()
  const home = mkdtempSync(join(tmpdir(), 'sessionkeep-home-'))
  process.env.npm_config_userconfig ??= join(former, '.npmrc')
  process.env.npm_config_cache ??= join(former, '.npm')
  process.env.GIT_CONFIG_GLOBAL ??= join(former, '.gitconfig')
  process.env.HOME = home
  return () => rmSync(home, { recursive: true, force: true })
}
