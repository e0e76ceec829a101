import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { run } from '../../src/run.ts'

/** The time at which the commands of the tests run. */
export const NOW = 1_800_000_000_000

export const HOUR = 3_600_000

/** A record as a pool writes it. */
export function record(workspace: string, fields: object = {}) {
  return {
    ...{ sessionName: `claude-${workspace}`, workspace, createdAt: NOW - 5 * HOUR, lastActivityAt: NOW - HOUR },
    ...{ totalRequests: 42, status: 'idle', incarnation: `tmux.1.${workspace}`, pool: 'claude-', revision: 7 },
    ...{ run: '0r1', schemaVersion: 1, ...fields },
  }
}

export const ENDED = {
  expiresAt: NOW + 24 * HOUR,
  ended: { at: NOW - 2 * HOUR, cause: 'exited', exitCode: 3, screen: 'first line\nlast line' },
}

/** A directory with a configuration that selects files, and these records in them. */
export function directoryWith(records: readonly { readonly sessionName: string }[], config: object = {}): string {
  const directory = mkdtempSync(join(tmpdir(), 'sk-cli-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  mkdirSync(join(directory, 'sessions'), { mode: 0o700 })
  const selected = { store: 'file', stores: { file: { directory: './sessions' } }, ...config }
  writeFileSync(join(directory, 'sessionkeep.config.json'), JSON.stringify(selected), { mode: 0o600 })
  for (const each of records) writeRecord(directory, each)
  return directory
}

/** Writes a record as a person would. */
export function writeRecord(directory: string, record: { readonly sessionName: string }): void {
  writeFileSync(join(directory, 'sessions', `${record.sessionName}.json`), JSON.stringify(record), { mode: 0o600 })
}

/** What one call of the command printed. */
export interface Printed {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Runs a command line in this process. */
export async function sessionkeep(
  cwd: string,
  args: readonly string[],
  given: {
    readonly env?: NodeJS.ProcessEnv
    readonly stdin?: string
    readonly isTerminal?: boolean
    /** The columns of both streams. */
    readonly columns?: number
    signal?: AbortSignal
  } = {},
): Promise<Printed> {
  const [out, err]: [string[], string[]] = [[], []]
  const code = await run(args, {
    out: async (text) => void out.push(text),
    err: (text) => void err.push(text),
    stdin: (async function* () {
      yield Buffer.from(given.stdin ?? '')
    })(),
    isTerminal: given.isTerminal ?? false,
    hasColour: false,
    columns: given.columns,
    errColumns: given.columns,
    env: { PATH: process.env.PATH, ...given.env },
    cwd,
    signal: given.signal ?? new AbortController().signal,
    now: () => NOW,
  })
  return { code, out: out.join(''), err: err.join('') }
}

/** The answer of a command as JSON. */
export async function answer(cwd: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const { code, out } = await sessionkeep(cwd, [...args, '--json'], { env })
  return { code, answer: JSON.parse(out) as Record<string, unknown> }
}
