import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A fresh directory with everything that the drill makes: tmux's socket, and two directories of records. */
export function openFixture() {
  const directory = mkdtempSync(join(tmpdir(), 'sk-drill-'))
  const socketPath = join(directory, 'tmux')
  const tmux = (...args: string[]) => spawnSync('tmux', ['-S', socketPath, ...args], { encoding: 'utf8' })
  return {
    socketPath,
    first: join(directory, 'first'),
    second: join(directory, 'second'),
    /** Names of the sessions that live. */
    sessions: (): string[] => tmux('list-sessions', '-F', '#{session_name}').stdout.split('\n').filter(Boolean),
    /** Names of the sessions that have a record in `of`. */
    records: (of: string): string[] =>
      readdirSync(of)
        .filter((name) => name.endsWith('.json'))
        .map((name) => name.slice(0, -'.json'.length)),
    close(): void {
      tmux('kill-server')
      rmSync(directory, { recursive: true, force: true, maxRetries: 3 })
    },
  }
}

export type Fixture = ReturnType<typeof openFixture>
