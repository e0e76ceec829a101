import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { built } from '../support/built.ts'

const program = built(fileURLToPath(new URL('./stopped-reader.mjs', import.meta.url)))

/** Runs the program with this standard error; returns what it wrote to standard output. */
async function output(stderr: 'pipe' | number): Promise<string> {
  const child = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', stderr] })
  onTestFinished(() => void child.kill('SIGKILL'))
  if (!child.stdout) throw new Error('The program has no standard output.')
  const [text] = await once(child.stdout, 'data')
  return String(text)
}

test('a gateway goes on when nobody reads its standard error', async () => {
  expect(await output('pipe')).toBe('done\n')
})

test('log lines are appended to a file that standard error was redirected to', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'sks-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const file = join(directory, 'gateway.log')
  await output(openSync(file, 'a'))
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
  expect(lines.map((line) => JSON.parse(line).at)).toEqual(Array.from({ length: 3000 }, (_, at) => at))
})
