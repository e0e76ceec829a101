import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../../../test/support/free-port.ts'
import { nobody } from './prerequisites.ts'

/** A real server on a private port and in a private directory. */
export interface Server {
  readonly port: number
  readonly directory: string
  /** Starts the server. Does nothing when it runs already. */
  start(): Promise<void>
  /** Kills the server, by its own pid, and all its processes. */
  kill(): Promise<void>
  freeze(): void
  thaw(): void
  /** Removes everything on the disk; the server must be stopped. */
  empty(): void
  /** Stops the server and removes its directory. */
  remove(): Promise<void>
}

interface Kind {
  argv(directory: string, port: number): readonly string[]
  prepare?: (directory: string) => void
  /** Resolves when the server answers; rejects while it does not. */
  probe(port: number): Promise<void>
}

/** A process that saves for the server may end at any moment. */
function signalIfAlive(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

export async function serverOf({ argv, prepare, probe }: Kind): Promise<Server> {
  const directory = mkdtempSync(join(tmpdir(), 'keyv-server-'))
  const data = join(directory, 'data')
  const port = await freePort()
  let child: ChildProcess | undefined
  const signal = (name: NodeJS.Signals) => {
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return []
    const pids = family(child.pid)
    for (const pid of pids) signalIfAlive(pid, name)
    return pids
  }
  const server: Server = {
    port,
    directory: data,
    async start() {
      if (child && child.exitCode === null && child.signalCode === null) return
      if (!mkdirSync(data, { recursive: true })) return await run()
      chmodSync(directory, 0o755)
      if (nobody.uid !== undefined) chownSync(data, nobody.uid, nobody.gid)
      prepare?.(data)
      await run()
    },
    async kill() {
      const last = child
      if (!last || last.exitCode !== null || last.signalCode !== null) return
      const exited = once(last, 'exit')
      const pids = signal('SIGKILL')
      await exited
      while (pids.some((pid) => existsSync(`/proc/${pid}`))) await new Promise((resolve) => setTimeout(resolve, 5))
    },
    freeze() {
      const pids = signal('SIGSTOP')
      while (!pids.every(isStopped)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)
    },
    thaw: () => void signal('SIGCONT'),
    empty: () => rmSync(data, { recursive: true, force: true }),
    async remove() {
      await server.kill()
      rmSync(directory, { recursive: true, force: true })
    },
  }
  const run = async () => {
    const [command = '', ...args] = argv(data, port)
    child = spawn(command, args, { stdio: 'ignore', cwd: data, ...nobody })
    const until = Date.now() + 20_000
    for (;;) {
      try {
        return await probe(port)
      } catch (error) {
        if (Date.now() > until || child.exitCode !== null) throw error
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    }
  }
  return server
}

/** Gives a file to the user of the servers. */
export function nobodyOwns(path: string): void {
  if (nobody.uid !== undefined) chownSync(path, nobody.uid, nobody.gid)
}

/** A process that the test started, and its children. The children of Postgres are not in its process group. */
function family(pid: number): number[] {
  return [pid, ...childrenOf(pid).flatMap(family)]
}

function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number)
  } catch (error) {
    // The process has ended since it was listed.
    if (existsSync(`/proc/${pid}`)) throw error
    return []
  }
}

/** Whether all threads are stopped; on a busy machine that takes a while. */
function isStopped(pid: number): boolean {
  try {
    const stats = readdirSync(`/proc/${pid}/task`).map((task) => readFileSync(`/proc/${pid}/task/${task}/stat`, 'utf8'))
    return stats.every((stat) => /^\d+ \(.*\) [TZX]/.test(stat))
  } catch {
    // The thread, or the process, has ended meanwhile and will not answer either.
    return !existsSync(`/proc/${pid}`)
  }
}

/** Runs a program until it exits, as the user of the servers. */
export function runAs(command: string, ...args: readonly string[]): void {
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8', cwd: '/', ...nobody })
  if (status !== 0) throw new Error(`${command}: ${stderr}`)
}
