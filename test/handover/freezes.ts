import { type ChildProcess, fork } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import type { SharedStore } from './engines.ts'

interface Message {
  readonly owner: string
  readonly ready?: boolean
  /** The step that the gateway had in memory when it got the lease. A step is the time at which it was set. */
  readonly attached?: number
  readonly acknowledged?: number
  readonly refused?: string
  /** Why the gateway does not hold the lease now. */
  readonly waiting?: string
  /** Whether the gateway closes the store, and so releases the lock of a file. */
  readonly released?: boolean
  /** Sent at the end: the number of requests that the gateway has made. */
  readonly ended?: number
  readonly totalRequests?: number
  readonly unsaved?: number
  readonly fault?: string
}

/** The parameters of {@link freezes}. */
export interface FreezeOptions extends SharedStore {
  readonly program: string
  readonly socketPath: string
  /** How many holders are frozen, each of another owner. */
  readonly wanted: number
  readonly freezeMs: number
  readonly leaseMs: number
}

/** The result of {@link freezes}. */
export interface Freezes {
  readonly done: number
  readonly acknowledged: number
  /** How many attempts of a holder that continued to save were refused. */
  readonly refused: number
  readonly requests: number
  /** How many holders had lost the lease before they were frozen, or lost the lock of a file just then. */
  readonly moved: number
  /** What must never happen. */
  readonly faults: readonly string[]
}

/** How long the gateways may take for one step on a machine that runs many of them, ms. */
const PATIENCE_MS = 120_000
/** How many owners have gateways at the same time. Each gateway that waits connects anew four times a second. */
const MOST_AT_ONCE = 40

/** One gateway process, and its reports about each owner. */
interface Gateway {
  readonly child: ChildProcess
  readonly reports: Map<string, Reports>
}
/** What a gateway process has reported about one owner. */
interface Reports {
  acknowledged: number
  steps: number
  attached: number[]
  refused: number
  ready: boolean
  /** Why the gateway does not hold the lease, if it has reported that since its last acknowledged change. */
  waiting: string | undefined
  /** Whether the gateway was frozen and has not noticed that yet, so that its reports may be older than the changes of another one. */
  isBehind: boolean
  /** Whether the gateway has closed the store since it last got the lease. */
  released: boolean
  end?: Message
}

/**
 * Freezes one holder of each owner at a random moment. Another gateway takes over, and both work at the same time when the
 * holder continues. At the end both stop, and a third gateway reads. Attributes must never go back, and every request must be
 * counted once.
 */
export async function freezes(options: FreezeOptions): Promise<Freezes> {
  const faults: string[] = []
  /** The last step of each owner that was acknowledged to any gateway. */
  const acknowledgedSteps = new Map<string, number>()
  const { program, uri, socketPath, leaseMs, cwd, wanted } = options
  const children = new Set<ChildProcess>()
  const started = (pauseMs: number): Gateway => {
    const argument = JSON.stringify({ uri, socketPath, leaseMs, pauseMs })
    const child = fork(program, [argument], { cwd, execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    const reports = new Map<string, Reports>()
    child.on('message', (message: Message) => {
      const { owner, ready, attached, acknowledged, refused, waiting, released, ended, fault } = message
      const of = reports.get(owner) ?? {
        acknowledged: 0,
        steps: 0,
        attached: [],
        refused: 0,
        ready: false,
        waiting: undefined,
        isBehind: false,
        released: false,
      }
      reports.set(owner, of)
      if (ready) of.ready = true
      if (released) of.released = true
      if (attached !== undefined && !of.isBehind) {
        const latest = acknowledgedSteps.get(owner) ?? 0
        if (attached < latest)
          faults.push(`${owner}: a gateway attaches at step ${attached}, and ${latest} was acknowledged`)
        of.attached.push(attached)
        of.released = false
      }
      if (acknowledged !== undefined) {
        of.steps += 1
        of.acknowledged = acknowledged
        of.waiting = undefined
        acknowledgedSteps.set(owner, Math.max(acknowledged, acknowledgedSteps.get(owner) ?? 0))
      }
      if (refused !== undefined) of.refused += 1
      if (waiting !== undefined) {
        of.waiting = waiting
        of.isBehind = false
      }
      if (ended !== undefined) of.end = message
      if (fault !== undefined) faults.push(`${owner}: ${fault}`)
    })
    children.add(child)
    return { child, reports }
  }

  const successor = started(1000)
  const reader = started(1000)
  const totals = { done: 0, acknowledged: 0, refused: 0, requests: 0, moved: 0 }
  const oneOwner = async (owner: string, holder: Gateway) => {
    const note = (fault: string) => faults.push(`${owner}: ${fault}`)
    const first = holder.reports.get(owner)
    const until = async (what: string, holds: () => boolean) => {
      const end = performance.now() + PATIENCE_MS
      while (!holds()) {
        if (faults.length > 0) throw new Error(`given up, since something else went wrong (${what})`)
        if (performance.now() > end)
          throw new Error(
            `${owner}: not within ${PATIENCE_MS} ms: ${what} (${[first, successor.reports.get(owner)].map((one) => one?.waiting).join('; ')})`,
          )
        await delay(50)
      }
    }
    successor.child.send({ begin: owner })
    await until('the successor is ready', () => successor.reports.get(owner)?.ready === true)
    await delay(Math.random() * 1000)
    const second = successor.reports.get(owner)
    if (!first || !second) throw new Error('a gateway is not there')
    holder.child.kill('SIGSTOP')
    first.isBehind = options.takesOver
    const stopped = performance.now()
    await delay(100)
    if (options.takesOver) await until('the successor takes over', () => second.acknowledged > 0)
    await delay(Math.max(0, options.freezeMs - (performance.now() - stopped)))
    const isTakenOver = second.attached.length > 0
    if (isTakenOver && !options.takesOver && !first.released)
      note('the successor got the lock of the frozen holder, which had not given it up')
    if (isTakenOver && (!options.takesOver || first.waiting !== undefined)) totals.moved += 1
    const [steps, refused, attached] = [first.steps, first.refused, first.attached.length]
    holder.child.kill('SIGCONT')
    // The holder works beside the successor, and goes on alone once the successor has ended.
    await delay(2000)
    if (isTakenOver) {
      // One change that was acknowledged before the freeze may be reported only now.
      if (first.attached.length === attached && first.steps > steps + 1)
        note(`the holder had ${first.steps - steps} changes acknowledged after the freeze`)
      successor.child.send({ end: owner })
      await until('the successor ends', () => second.end !== undefined)
      const saved = first.steps
      await until('the holder saves again', () => first.steps > saved)
      holder.child.send({ end: owner })
      await until('the holder ends', () => first.end !== undefined)
    } else {
      holder.child.send({ end: owner })
      await until('the holder ends', () => first.end !== undefined)
      await until('the successor takes over', () => second.acknowledged > 0)
      successor.child.send({ end: owner })
      await until('the successor ends', () => second.end !== undefined)
    }
    reader.child.send({ begin: owner })
    await until('the reader attaches', () => (reader.reports.get(owner)?.attached.length ?? 0) > 0)
    const last = reader.reports.get(owner)
    const latest = Math.max(first.acknowledged, second.acknowledged)
    if ((last?.attached[0] ?? 0) < latest)
      note(`in the end step ${last?.attached[0]} is stored, and ${latest} was acknowledged`)
    reader.child.send({ end: owner })
    await until('the reader ends', () => last?.end !== undefined)
    const made = [first, second, last].reduce((sum, one) => sum + (one?.end?.ended ?? 0), 0)
    if (last?.end?.totalRequests !== made)
      note(`${last?.end?.totalRequests} requests are counted, and ${made} were made`)
    for (const one of [first, second, last])
      if (one?.end?.unsaved !== 0) note('a gateway stopped with something unsaved')
    totals.done += 1
    totals.acknowledged += first.steps + second.steps
    totals.refused += first.refused - refused
    totals.requests += made
    holder.child.kill('SIGKILL')
    children.delete(holder.child)
  }

  try {
    const running = new Set<Promise<void>>()
    // The holders start one after the other, because starting a process keeps the machine busy. The freezes overlap.
    for (let at = 0; at < wanted && faults.length === 0; at += 1) {
      while (running.size >= MOST_AT_ONCE) await Promise.race(running)
      const owner = `o${at}`
      const holder = started(30)
      holder.child.send({ begin: owner })
      const end = performance.now() + 30_000
      while ((holder.reports.get(owner)?.steps ?? 0) < 3 && performance.now() < end && faults.length === 0)
        await delay(20)
      const one = oneOwner(owner, holder).catch((error: Error) => void faults.push(error.message))
      running.add(one)
      void one.then(() => running.delete(one))
      if (wanted > 1) await delay(500)
    }
    await Promise.all(running)
    return { ...totals, faults }
  } finally {
    for (const child of children) child.kill('SIGKILL')
  }
}
