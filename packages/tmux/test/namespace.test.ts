import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { tmuxHost } from '@sessionkeep/tmux'
import { expect, onTestFinished, test } from 'vitest'
import { eventually, stamps } from './support/private-server.ts'

const asRoot = test.runIf(process.getuid?.() === 0)

const namespaceOf = (pid: number | string): number | undefined => {
  try {
    return statSync(`/proc/${pid}/ns/pid`).ino
  } catch {
    return undefined
  }
}

/** Whether a process has not ended. The first process of the namespace does not wait for those that have. */
function runs(pid: string): boolean {
  try {
    return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

/** The first process of a new namespace, as the machine outside sees it. */
function firstProcess(outer: ChildProcess): number | undefined {
  try {
    const children = readFileSync(`/proc/${outer.pid}/task/${outer.pid}/children`, 'utf8')
    const pid = Number(children.trim().split(' ')[0])
    return pid > 0 && namespaceOf(pid) !== namespaceOf('self') ? pid : undefined
  } catch {
    return undefined
  }
}

/** A place like a container: processes and files of its own. It ends with its first process. */
async function container() {
  const script = 'mount -t tmpfs none /mnt && exec sleep 100000'
  const words = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc', 'sh', '-c', script]
  const outer = spawn('unshare', words, { stdio: 'ignore' })
  onTestFinished(() => void outer.kill('SIGKILL'))
  await eventually(() => firstProcess(outer) !== undefined)
  const pid = firstProcess(outer) ?? 0
  await eventually(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith('sleep'))
  const inside = () =>
    readdirSync('/proc').filter((name) => /^\d+$/.test(name) && namespaceOf(name) === namespaceOf(pid) && runs(name))
  return {
    prefix: ['nsenter', '--target', String(pid), '--mount', '--pid'],
    /** The processes in it, besides the first one. */
    count: () => inside().length - 1,
    end: () => process.kill(pid, 'SIGKILL'),
  }
}

asRoot('sessions in a namespace that the prefix enters are created, used, respawned and ended there', async () => {
  const { prefix, count } = await container()
  const host = tmuxHost({ socketPath: '/mnt/s', prefix, timeoutMs: 20_000 })
  const made = await host.create('a', { ...stamps, command: ['sh', '-c', 'echo "ready $$"; exec cat'], cwd: '/mnt' })
  await eventually(async () => (await host.capture(made)).includes('ready'))
  // The process is known by its id in there.
  expect(await host.capture(made)).toContain(`ready ${made.pid}`)
  expect(await tmuxHost({ socketPath: '/mnt/s' }).list()).toEqual([])
  expect(await host.sendText(made, 'hello', { submit: true, confirm: true })).toMatchObject({ confirmed: true })
  expect(await host.respawn?.(made, { command: ['sh', '-c', 'sleep 1000 & exec cat'] })).toMatchObject({
    exited: false,
  })
  await eventually(async () => (await host.list())[0]?.foreground === 'cat')
  await host.kill(made)
  expect(await host.list()).toEqual([])
  await eventually(() => count() === 0)
})

asRoot('a namespace that has ended is unavailable, unless gone says what that looks like', async () => {
  const { prefix, end } = await container()
  const host = tmuxHost({ socketPath: '/mnt/s', prefix, timeoutMs: 20_000 })
  await host.create('a', stamps)
  end()
  await eventually(async () => (await host.list().catch(({ code }) => code)) === 'HOST_UNAVAILABLE')
  const told = tmuxHost({ socketPath: '/mnt/s', prefix, gone: /nsenter: cannot open \/proc\/\d+/ })
  await eventually(async () => {
    const listed = await told.list().catch(() => undefined)
    return listed?.length === 0
  })
})
