import { spawn } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { childEnvironment } from '../../../../scripts/lib/environment.mjs'

const built = join(dirname(fileURLToPath(import.meta.url)), '../../dist/main.js')

/** Runs a line of a shell in which `sessionkeep` is the built program, or another build of it. */
export async function shell(cwd: string, line: string, variables: NodeJS.ProcessEnv = {}, program = built) {
  const bin = join(cwd, 'bin')
  mkdirSync(bin, { recursive: true })
  writeFileSync(join(bin, 'sessionkeep'), `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`)
  chmodSync(join(bin, 'sessionkeep'), 0o755)
  const env = { ...childEnvironment(), PATH: `${bin}:${process.env.PATH}`, HOME: cwd, ...variables }
  const child = spawn('bash', ['-c', line], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const [out, err]: [string[], string[]] = [[], []]
  child.stdout.on('data', (data: Buffer) => out.push(data.toString()))
  child.stderr.on('data', (data: Buffer) => err.push(data.toString()))
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  return { code, out: out.join(''), err: err.join('') }
}
