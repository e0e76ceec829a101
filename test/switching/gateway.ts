import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { MetadataOptions } from '@sessionkeep/core'
import { onTestFinished } from 'vitest'

const PROGRAM = fileURLToPath(new URL('./gateway-process.mjs', import.meta.url))

/** The state that a gateway under load has reported. */
export interface Report {
  /** The time of the report, in ms since the epoch. */
  readonly at: number
  readonly oldestDirtyMs: number
  readonly totals: Readonly<Record<string, number>>
}

interface Settings {
  /** The tmux socket; without it the sessions end with the gateway. */
  readonly socketPath?: string
  /** The options of the stores, by store name. */
  readonly metadata: MetadataOptions
  /** A command that starts the program. */
  readonly wrapper?: readonly string[]
}

/** Starts a gateway in a process of its own, with the built packages, so that a test can kill it. */
export async function gateway({ wrapper = [], ...settings }: Settings) {
  const [command = '', ...args] = [...wrapper, process.execPath, PROGRAM, JSON.stringify(settings)]
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const reports: Report[] = []
  const saved = new Map<string, number>()
  const answers: unknown[] = []
  const waiting: Array<(answer: unknown) => void> = []
  const deliver = (answer: unknown) => {
    const next = waiting.shift()
    if (next) next(answer)
    else answers.push(answer)
  }
  const lines = createInterface(child.stdout)
  const closed = once(lines, 'close').then(() => {
    for (const next of waiting.splice(0)) next({ error: { code: 'ENDED', message: 'The gateway has ended.' } })
  })
  lines.on('line', (line) => {
    const message = JSON.parse(line)
    if (message.report) reports.push(message.report)
    else if (message.saved)
      saved.set(message.saved.name, Math.max(message.saved.totalRequests, saved.get(message.saved.name) ?? 0))
    else deliver(message === 'ready' ? message : message.answer)
  })
  const answer = () =>
    answers.length > 0
      ? Promise.resolve(answers.shift())
      : new Promise<unknown>((resolve) => void waiting.push(resolve))
  const end = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
    await closed
  }
  onTestFinished(end)
  await answer()
  return {
    reports,
    /** The highest total that `saveSessionMetadata` has acknowledged, by workspace. */
    saved,
    /** Calls a verb of the program; rejects if the pool rejected. */
    async call<T = Record<string, unknown>>(verb: string, given: object = {}): Promise<T> {
      child.stdin.write(`${JSON.stringify({ verb, ...given })}\n`)
      const message = (await answer()) as { error?: { message: string } } | null
      if (message?.error) throw Object.assign(new Error(message.error.message), message.error)
      return message as T
    },
    /** Kills the process with SIGKILL; resolves when all of its output was read. */
    kill: end,
  }
}

export type Gateway = Awaited<ReturnType<typeof gateway>>
