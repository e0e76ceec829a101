import { randomUUID } from 'node:crypto'
import { Worker } from 'node:worker_threads'
import type { Database, OpenOptions, Row } from './sqlite-connection.ts'

/**
 * The program of the worker. It is a text, because the package is one file. All calls of `node:sqlite` are synchronous: in
 * a worker, a statement that waits for a lock or a disk does not stop the gateway.
 */
const PROGRAM = `
const { parentPort } = require('node:worker_threads')
const { existsSync } = require('node:fs')
// Drops the warning of Node that this module is experimental.
process.removeAllListeners('warning')
const { DatabaseSync } = require('node:sqlite')
const NAMES = { 5: 'BUSY', 6: 'LOCKED', 8: 'READONLY', 10: 'IOERR', 11: 'CORRUPT', 13: 'FULL', 14: 'CANTOPEN', 18: 'TOOBIG', 19: 'CONSTRAINT', 26: 'NOTADB' }
const databases = new Map()
const verbs = {
  open(id, file, create, busyMs) {
    if (!create && !existsSync(file)) throw Object.assign(new Error('unable to open database file'), { errcode: 14 })
    const database = new DatabaseSync(file)
    database.exec('PRAGMA busy_timeout = ' + busyMs)
    databases.set(id, database)
  },
  all: (id, text, ...values) => databases.get(id).prepare(text).all(...values),
  exec: (id, text) => databases.get(id).exec(text),
  close(id) {
    databases.get(id)?.close()
    databases.delete(id)
  },
}
parentPort.on('message', ({ call, verb, args }) => {
  try {
    parentPort.postMessage({ call, answer: verbs[verb](...args) })
  } catch (error) {
    const name = NAMES[(error.errcode ?? 1) & 255] ?? 'ERROR'
    parentPort.postMessage({ call, code: 'SQLITE_' + name, message: 'SQLITE_' + name + ': ' + error.message })
  }
})
`

interface Answer {
  readonly call: number
  readonly answer?: unknown
  readonly code?: string
  readonly message?: string
}

interface Calls {
  call(verb: string, ...args: readonly unknown[]): Promise<unknown>
  end(): void
}

/** One worker serves all databases of the process; it ends with the last of them. */
let shared: { readonly calls: Calls; users: number } | undefined

/** Opens a database with the module of Node, in a worker. */
export async function openInWorker(file: string, { create, busyMs }: OpenOptions): Promise<Database> {
  shared ??= { calls: startWorker(), users: 0 }
  const mine = shared
  mine.users += 1
  let hasLeft = false
  const leave = () => {
    if (hasLeft) return
    hasLeft = true
    mine.users -= 1
    if (mine.users > 0) return
    if (shared === mine) shared = undefined
    mine.calls.end()
  }
  const id = randomUUID()
  try {
    await mine.calls.call('open', id, file, create, busyMs)
  } catch (error) {
    leave()
    throw error
  }
  return {
    all: async (text, ...values) => (await mine.calls.call('all', id, text, ...values)) as Row[],
    exec: async (text) => void (await mine.calls.call('exec', id, text)),
    async close() {
      if (!hasLeft) await mine.calls.call('close', id).catch(() => undefined)
      leave()
    },
  }
}

function startWorker(): Calls {
  const worker = new Worker(PROGRAM, { eval: true })
  const waiting = new Map<number, (answer: Answer) => void>()
  let last = 0
  worker.on('message', (answer: Answer) => {
    waiting.get(answer.call)?.(answer)
    waiting.delete(answer.call)
  })
  const failAll = (error: Error) => {
    for (const [call, settle] of waiting) settle({ call, code: 'SQLITE_IOERR', message: error.message })
    waiting.clear()
  }
  worker.on('error', failAll)
  worker.on('exit', () => failAll(new Error('the worker of SQLite has ended')))
  // The store keeps the process alive only while it waits for an answer.
  worker.unref()
  return {
    call: (verb, ...args) =>
      new Promise((resolve, reject) => {
        last += 1
        worker.ref()
        waiting.set(last, ({ answer, code, message }) => {
          if (waiting.size <= 1) worker.unref()
          if (code === undefined) resolve(answer)
          else reject(Object.assign(new Error(message), { code }))
        })
        worker.postMessage({ call: last, verb, args })
      }),
    end: () => void worker.terminate(),
  }
}
