import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { codeOf, messageOf } from '@sessionkeep/core/store'
import type { Finding } from './finding.ts'

const run = promisify(execFile)
const TIMEOUT_MS = 5000

type Env = Readonly<Record<string, string | undefined>>

/** The findings about Node, tmux and flock: whether they are installed and new enough. */
export async function machineFindings(env: Env): Promise<Finding[]> {
  return [nodeFinding(process.versions.node), await tmuxFinding(env), await flockFinding(env)]
}

export function nodeFinding(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const found = `Node is ${version}.`
  if (major > 20 || (major === 20 && minor >= 19)) return { subject: 'node', severity: 'ok', found }
  return { subject: 'node', severity: 'problem', found, do: 'Install Node 20.19 or later.' }
}

async function tmuxFinding(env: Env): Promise<Finding> {
  const subject = 'tmux'
  const advice = 'Install tmux 3.2 or later: apt-get install tmux, brew install tmux, or dnf install tmux.'
  try {
    const { stdout } = await run('tmux', ['-V'], { env: { ...env }, timeout: TIMEOUT_MS })
    const [major = 0, minor = 0] = (/(\d+)\.(\d+)/.exec(stdout) ?? []).slice(1).map(Number)
    const found = `It is ${stdout.trim()}.`
    const isNew = major > 3 || (major === 3 && minor >= 2) || /master|next/.test(stdout)
    return isNew ? { subject, severity: 'ok', found } : { subject, severity: 'problem', found, do: advice }
  } catch (error) {
    const found = codeOf(error) === 'ENOENT' ? 'tmux is not installed here.' : `tmux -V failed: ${messageOf(error)}`
    return {
      subject,
      severity: 'problem',
      found,
      do: `${advice} If tmux runs in a container, this does not matter here.`,
    }
  }
}

async function flockFinding(env: Env): Promise<Finding> {
  const subject = 'flock'
  try {
    await run('flock', ['--version'], { env: { ...env }, timeout: TIMEOUT_MS })
    return { subject, severity: 'ok', found: 'flock(1) is there, so stores on files have a kernel lock.' }
  } catch {
    return {
      ...{ subject, severity: 'warning', found: 'flock(1) is missing, so stores on files have only a weaker lock.' },
      do: 'Install util-linux, or let no two gateways use one directory.',
    }
  }
}
