import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * Runs a snippet without effects on the user's sessions and files. The default tmux socket, the default store and the
 * working directory are in a temporary directory, which is removed afterwards.
 */
export async function isolated(action: () => Promise<unknown>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'sk-doc-'))
  const before = { environment: { ...process.env }, cwd: process.cwd() }
  Object.assign(process.env, {
    TMUX_TMPDIR: directory,
    SESSIONKEEP_DIRECTORY: join(directory, 'sessions'),
    XDG_STATE_HOME: join(directory, 'state'),
  })
  delete process.env.TMUX
  delete process.env.SESSIONKEEP_STORE
  delete process.env.SESSIONKEEP_MIRROR
  process.chdir(directory)
  try {
    await action()
  } finally {
    process.chdir(before.cwd)
    endServers(directory)
    process.env = before.environment
    rmSync(directory, { recursive: true, force: true })
  }
}

function endServers(directory: string): void {
  const sockets = join(directory, `tmux-${process.getuid?.()}`)
  if (!existsSync(sockets)) return
  for (const name of readdirSync(sockets)) spawnSync('tmux', ['-S', join(sockets, name), 'kill-server'])
}
