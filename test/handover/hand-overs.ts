import { type ChildProcess, fork } from 'node:child_process'

interface Message {
  readonly opened?: number
  readonly count?: number
  readonly acknowledged?: number
  readonly fault?: string
}

/** The result of {@link handOvers}. */
export interface HandOvers {
  readonly done: number
  readonly acknowledged: number
  /** What must never happen: two writers at once, or an acknowledged write that the next writer does not read. */
  readonly faults: readonly string[]
}

/** The parameters of {@link handOvers}. */
export interface HandOverOptions {
  readonly program: string
  readonly uri: string
  readonly namespace: string
  readonly wanted: number
  /** The working directory of the writers. @defaultValue that of this process */
  readonly cwd?: string | undefined
  /** Whether holders are also stopped, and not only killed. A lock of the kernel stays with a process that is stopped. */
  readonly stops: boolean
}

/**
 * Lets three processes compete for one lease. The holder is killed, or stopped until another one has taken over, at a
 * random moment between two system calls.
 */
export async function handOvers({ program, uri, namespace, wanted, cwd, stops }: HandOverOptions): Promise<HandOvers> {
  const faults: string[] = []
  const children = new Map<number, ChildProcess>()
  let holder = 0
  let done = 0
  let acknowledged = 0
  let changed: () => void = () => undefined

  const onMessage = ({ opened, count = 0, acknowledged: number = 0, fault }: Message) => {
    if (fault !== undefined) faults.push(fault)
    acknowledged = Math.max(acknowledged, number)
    if (opened === undefined) return
    if (count < acknowledged) faults.push(`${opened} reads ${count}, though ${acknowledged} was acknowledged`)
    holder = opened
    changed()
  }
  const start = () => {
    const child = fork(program, [uri, namespace], { cwd, execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    child.on('message', onMessage)
    children.set(child.pid ?? 0, child)
  }
  const nextHolder = (before: number): Promise<void> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`nobody took over from ${before} within 30 s`)), 30_000)
      changed = () => {
        if (holder === before || holder === 0) return
        clearTimeout(timer)
        resolve()
      }
      changed()
    })
  const soon = (ms: number) => new Promise((resolve) => setTimeout(resolve, Math.random() * ms))

  try {
    for (let at = 0; at < 3; at += 1) start()
    await nextHolder(0)
    // A slow machine may acknowledge nothing between two hand-overs, and then they prove nothing.
    while ((done < wanted || acknowledged <= wanted) && faults.length === 0) {
      await soon(40)
      const last = holder
      const child = children.get(last)
      if (stops && done % 2 === 0) {
        child?.kill('SIGSTOP')
        await nextHolder(last)
        await soon(40)
        child?.kill('SIGCONT')
      } else {
        children.delete(last)
        holder = 0
        child?.kill('SIGKILL')
        start()
        await nextHolder(last)
      }
      done += 1
    }
    return { done, acknowledged, faults }
  } finally {
    for (const child of children.values()) child.kill('SIGKILL')
  }
}
