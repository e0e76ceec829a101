import { execFile, spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { HostSession } from '@sessionkeep/contracts/host'
import { type TmuxHost, type TmuxHostOptions, tmuxHost } from '@sessionkeep/tmux'
import { expect, onTestFinished } from 'vitest'

const run = promisify(execFile)

/** A private tmux server for one test. It is read with plain tmux and not with the tested code. */
export interface PrivateServer {
  readonly directory: string
  readonly socketPath: string
  host(options?: TmuxHostOptions): TmuxHost
  /** Runs `tmux -S …`; rejects on an exit code other than 0. */
  tmux(...args: string[]): Promise<string>
  /** Writes an executable file, and returns its path. */
  script(name: string, body: string): string
  pid(): Promise<number>
}

/** Whether the process still runs. A zombie (state Z) does not. */
export function alive(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' })
  return /^[^Z\s]/.test(stdout.trim())
}

/** Resolves when `holds` returns true. Rejects, with what it last returned, when that takes too long. */
export async function eventually(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 3000; tries++) {
    if (await holds()) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error('it did not come to hold within a minute')
}

/**
 * Makes a private server. Its directory, its processes and whatever else uses its socket are gone when the test has
 * finished.
 */
export function privateServer(): PrivateServer {
  const directory = mkdtempSync(join(tmpdir(), 'skt-'))
  const socketPath = join(directory, 's')
  const pids = new Set<number>()
  const tmux = async (...args: string[]) => {
    // The configuration of the machine must not be read. Only the first call reads one, and it may come from the test
    // or from the tested code.
    const { stdout } = await run('tmux', ['-u', '-S', socketPath, '-f', '/dev/null', ...args])
    return stdout.replace(/\n$/, '')
  }
  const pid = async () => {
    const found = Number(await tmux('display-message', '-p', '#{pid}'))
    pids.add(found)
    return found
  }
  onTestFinished(async () => {
    await pid().catch(() => 0)
    for (const server of pids) {
      if (alive(server)) process.kill(server, 'SIGTERM')
      await eventually(() => !alive(server))
    }
    rmSync(directory, { recursive: true, force: true })
  })
  return {
    directory,
    socketPath,
    // A busy machine may need longer than the default for one call of tmux.
    host: (options = {}) => tmuxHost({ socketPath, timeoutMs: 20_000, ...options }),
    tmux,
    pid,
    script(name, body) {
      const path = join(directory, name)
      writeFileSync(path, `#!/bin/sh\n${body}\n`)
      chmodSync(path, 0o755)
      return path
    },
  }
}

export const stamps = { pool: 'test-pool', workspace: 'work', createdAt: 1_700_000_000_123 }

/** The session as a later listing shows it: its program may have written something since. */
export function listedLater(session: HostSession) {
  return { ...session, lastActivityAt: expect.any(Number) }
}
