import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { root } from '../../../../scripts/lib/root.mjs'

export interface Ended {
  readonly code: number | null
  readonly output: string
  /** Files that it left, and processes (where the system lets us see them). */
  readonly leftovers: string[]
}

/** Runs `npm run demo`, or another script, with a temp directory of its own. `interrupt`: a signal, sent once the output has that text. */
export async function runDemo(
  env: Readonly<Record<string, string>>,
  interrupt?: { readonly at: string; readonly signal: NodeJS.Signals },
  script: 'demo' | 'drill' = 'demo',
): Promise<Ended> {
  const directory = mkdtempSync(join(tmpdir(), 'skd-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const child = spawn(process.execPath, [`scripts/${script}.mjs`], {
    cwd: root,
    env: { ...process.env, TMPDIR: directory, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => {
    // What a demo that does not clean up has left would outlive the test.
    const left = processesOf(directory)
    if (left.length > 0) spawnSync('kill', ['-9', ...left])
  })
  let output = ''
  let isSent = false
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
    if (!interrupt || isSent || !output.includes(interrupt.at)) return
    isSent = true
    child.kill(interrupt.signal)
  })
  const code = await new Promise<number | null>((resolve) => {
    child.once('close', (status) => resolve(status))
  })
  return { code, output, leftovers: [...readdirSync(directory), ...processesOf(directory)] }
}

/** What was started below the demo has its temp directory in the environment. */
function processesOf(directory: string): string[] {
  if (!existsSync('/proc/self/environ')) return []
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/environ`, 'utf8').includes(directory)
    } catch {
      return false
    }
  })
}
