import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { after } from './fixture.ts'

const script = join(dirname(fileURLToPath(import.meta.url)), 'child.mjs')

export interface ChildWork {
  /** The durability option of the store, if it has one. */
  readonly directory?: string
  readonly ops: ReadonlyArray<readonly [verb: string, input?: unknown]>
  readonly options?: object
  readonly context?: object
  readonly hold?: boolean
}

export type Line = Record<string, unknown>

export interface Child {
  readonly process: ChildProcess
  readonly lines: Line[]
  /** Waits for a line with this key. */
  until(key: string): Promise<Line>
  /** Waits for the end of the process, and returns what it printed. */
  ended(): Promise<Line[]>
}

/** Returns the command line of this work, for shells. */
function commandOf(built: string, work: ChildWork): string[] {
  return [process.execPath, script, built, JSON.stringify(work)]
}

/** Starts the work under `wrapper`, such as strace with its arguments. It is killed after the test if it still runs. */
export function startChild(built: string, work: ChildWork, wrapper: readonly string[] = [], env: object = {}): Child {
  const [program = '', ...args] = [...wrapper, ...commandOf(built, work)]
  const child = spawn(program, args, {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, UV_THREADPOOL_SIZE: '1', ...env },
  })
  const exit = once(child, 'close')
  after(async () => {
    child.kill('SIGKILL')
    await exit
  })
  const lines: Line[] = []
  const reader = createInterface({ input: child.stdout })
  reader.on('line', (line) => lines.push(JSON.parse(line) as Line))
  return {
    process: child,
    lines,
    async until(key) {
      for (;;) {
        const found = lines.find((line) => key in line)
        if (found) return found
        if (child.exitCode !== null) throw new Error(`It ended without ${key}: ${JSON.stringify(lines)}`)
        await Promise.race([once(reader, 'line'), exit])
      }
    },
    async ended() {
      await exit
      return lines
    },
  }
}
