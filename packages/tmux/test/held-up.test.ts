import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { startDeadline } from '../src/deadline.ts'
import { execaExec } from '../src/execa-exec.ts'

const lock = new Int32Array(new SharedArrayBuffer(4))
const holdUp = (ms: number) => Atomics.wait(lock, 0, 0, ms)

/** Runs `task` in the phase of the event loop after which timers come next, and immediates and the ends of children after them. */
const beforeTimers = <T>(task: () => Promise<T>): Promise<T> =>
  new Promise((resolve, reject) => setImmediate(() => task().then(resolve, reject)))

/** Whether the child that wrote its pid to this file has ended, and its end was not read yet. */
function hasEnded(file: string): boolean {
  try {
    return / Z /.test(readFileSync(`/proc/${readFileSync(file, 'utf8').trim()}/stat`, 'latin1'))
  } catch {
    return false
  }
}

test('a command that ends while the process is held up has ended in time', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'held-up-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const file = join(directory, 'pid')
  const result = beforeTimers(async () => {
    const running = execaExec(1000)(['sh', '-c', `echo done; echo $$ > ${file}`], { timeoutMs: 1 })
    // The command is started some microtasks later.
    for (let steps = 0; steps < 10; steps += 1) await undefined
    for (let rounds = 0; !hasEnded(file) && rounds < 3000; rounds += 1) holdUp(10)
    return running
  })
  expect(await result).toMatchObject({ stdout: 'done\n', exitCode: 0 })
})

test('an answer that comes while the process is held up is read, although the deadline has passed', async () => {
  const result = beforeTimers(() => {
    const answer = new Promise((resolve) => setImmediate(resolve, 'answer'))
    const limited = startDeadline(1).limit(answer)
    holdUp(300)
    return limited
  })
  expect(await result).toBe('answer')
})
