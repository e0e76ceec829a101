import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Creates a directory for everything that the drill needs: the socket of tmux, and two directories of records. */
export function openFixture() {
  const directory = mkdtempSync(join(tmpdir(), 'sk-drill-'))
  const socketPath = join(directory, 'tmux')
  const tmux = (...args: string[]) => spawnSync('tmux', ['-S', socketPath, ...args], { encoding: 'utf8' })
  return {
    socketPath,
    first: join(directory, 'first'),
    second: join(directory, 'second'),
    /** The names of the running sessions. */
    sessions: (): string[] => tmux('list-sessions', '-F', '#{session_name}').stdout.split('\n').filter(Boolean),
    /** The names of the sessions with a record in the directory `of`. */
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
