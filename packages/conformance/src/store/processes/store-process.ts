import { fork } from 'node:child_process'
import type { Place } from '../../frame/place.ts'
import type { Order, Reply, Request } from './messages.ts'

/** A store in a process of its own. A call rejects if the process ends before it has answered. */
export interface StoreProcess {
  /** Makes and opens the store. */
  open(owner?: string): Promise<void>
  set(records: Record<string, unknown>): Promise<void>
  delete(...names: string[]): Promise<void>
  get(...names: string[]): Promise<Record<string, unknown>>
  close(): Promise<void>
  /** Stops the process where it is, as a machine that is suspended would. */
  freeze(): void
  /** Lets a stopped process continue. */
  thaw(): void
  /** Kills the process with `kill -9`; resolves when it has ended. */
  kill(): Promise<void>
}

/** Starts `module`, which calls `serveStore`. */
export function startStoreProcess(module: string, place: Place): StoreProcess {
  const child = fork(module, [], { execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: unknown): void }>()
  const failAll = (why: string) => {
    for (const { reject } of waiting.values()) reject(new Error(why))
    waiting.clear()
  }
  let last = 0
  let ended = false
  const end = (why: string) => {
    ended = true
    failAll(why)
  }
  const exit = new Promise<void>((resolve) => {
    child.on('error', (error) => {
      end(`The process could not be run: ${error.message}`)
      resolve()
    })
    child.on('exit', () => {
      end('The process has ended.')
      resolve()
    })
  })
  child.on('message', ({ id, value, failed }: Reply) => {
    const call = waiting.get(id)
    waiting.delete(id)
    if (failed) call?.reject(Object.assign(new Error(failed.message), { code: failed.code }))
    else call?.resolve(value)
  })

  const ask = (order: Order): Promise<unknown> =>
    new Promise((resolve, reject) => {
      if (ended) return reject(new Error('The process has ended.'))
      last += 1
      waiting.set(last, { resolve, reject })
      child.send({ id: last, order } satisfies Request, (error) => error && reject(error))
    })

  return {
    async open(owner) {
      await ask({ verb: 'create', place })
      await ask(owner === undefined ? { verb: 'open' } : { verb: 'open', owner })
    },
    async set(records) {
      await ask({ verb: 'set', records: Object.entries(records) })
    },
    async delete(...names) {
      await ask({ verb: 'delete', names })
    },
    async get(...names) {
      return Object.fromEntries((await ask({ verb: 'get', names })) as Array<[string, unknown]>)
    },
    async close() {
      await ask({ verb: 'close' })
    },
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    async kill() {
      if (!ended) child.kill('SIGKILL')
      await exit
    },
  }
}
