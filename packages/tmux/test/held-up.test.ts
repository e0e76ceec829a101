import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { eventually, privateServer } from './support/private-server.ts'

const lock = new Int32Array(new SharedArrayBuffer(4))
const holdUp = (ms: number) => Atomics.wait(lock, 0, 0, ms)

/** Whether a child of this process has ended, which this process has not read yet. */
const hasEnded = (pid: string): boolean => / Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))

test('a list that tmux has answered while the process was held up is read, although the time-out has passed', async () => {
  const server = privateServer()
  const [started, ended] = [join(server.directory, 'started'), join(server.directory, 'ended')]
  const lines = `echo $$ > ${started}; "$@"; code=$?; echo $$ > ${ended}; exit $code`
  const host = server.host({ prefix: [server.script('noting', lines)], timeoutMs: 1500 })
  const listing = host.list()
  await eventually(() => existsSync(started))
  // In this phase of the event loop, timers come next, and the end of a child after them.
  await new Promise((resolve) => setImmediate(resolve))
  for (let rounds = 0; !existsSync(ended) && rounds < 3000; rounds += 1) holdUp(10)
  for (let rounds = 0; !hasEnded(readFileSync(ended, 'utf8').trim()) && rounds < 3000; rounds += 1) holdUp(10)
  holdUp(2000)
  expect(await listing).toEqual([])
})
