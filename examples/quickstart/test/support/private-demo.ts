import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { root } from '../../../../scripts/lib/root.mjs'

export interface Ended {
  readonly code: number | null
  readonly output: string
  /** Files that the demo left, and processes, as far as the system shows them. */
  readonly leftovers: string[]
}

/**
 * Runs `npm run demo`, or another script, with a private temporary directory. `interrupt` sends a signal when the
 * output contains that text.
 */
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
    // Processes that a demo failed to end would outlive the test.
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

/** Processes started by the demo have its temporary directory in their environment. */
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
