import { type ChildProcess, fork } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** How long a gateway that has ended stays away, ms. */
const PAUSE_MS = 200

/** The processes of a fleet. */
export interface Fleet {
  /** Fulfils when the gateway of this id answers. */
  ready(id: string): Promise<void>
  /** Ends every gateway; their sessions go on. */
  stop(): Promise<void>
}

/** Keeps one process for each id running: whichever ends is started again under the same id. */
export function keepRunning(ids: readonly string[], program: string, directory: string): Fleet {
  const processes = new Map<string, ChildProcess>()
  const ready = new Map<string, Promise<void>>()
  let isStopped = false

  const start = (id: string): void => {
    // A gateway that was killed has left its socket.
    rmSync(join(directory, `${id}.sock`), { force: true })
    const child = fork(program, { env: { ...process.env, GATEWAY_ID: id } })
    processes.set(id, child)
    ready.set(id, new Promise((resolve) => child.once('message', () => resolve())))
    child.once('exit', async () => {
      if (isStopped) return
      await sleep(PAUSE_MS)
      if (!isStopped) start(id)
    })
  }
  for (const id of ids) start(id)

  return {
    ready: async (id) => ready.get(id),
    async stop() {
      isStopped = true
      await Promise.all(
        [...processes.values()].map(async (child) => {
          if (child.exitCode !== null || child.signalCode !== null) return
          const ended = new Promise((resolve) => child.once('exit', resolve))
          child.kill('SIGTERM')
          await ended
        }),
      )
    },
  }
}
