import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

const PROGRAM = fileURLToPath(new URL('./gateway-process.mjs', import.meta.url))

/** Starts a gateway in a process of its own, with the built packages, so that a test can kill it. */
export async function gateway(settings: { directory: string; socketPath: string; flushIntervalMs: number }) {
  const child = spawn(process.execPath, [PROGRAM, JSON.stringify(settings)], { stdio: ['pipe', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  const answer = async () => JSON.parse((await lines.next()).value ?? 'null') as unknown
  await answer()
  return {
    /** `verb` is also the workspace. It selects what the program does before it answers: `saved`, `flushed`, `unsaved`, `working`. */
    async call(verb: string, requests: number): Promise<Record<string, unknown>> {
      child.stdin.write(`${JSON.stringify({ verb, requests })}\n`)
      return (await answer()) as Record<string, unknown>
    },
    async kill(): Promise<void> {
      const exit = once(child, 'exit')
      child.kill('SIGKILL')
      await exit
    },
  }
}
