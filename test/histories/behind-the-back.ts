import type { MemoryHost } from '@sessionkeep/core'
import type { Process, World } from './world.ts'

let spare = 0

/** What a person does to sessions behind the pool's back. */
export async function behindTheBack(
  { host, trace }: World,
  { pool }: Process,
  kind: 'killed' | 'renamed' | 'added' | 'recreated' | 'exited',
  workspace: string,
): Promise<void> {
  const known = pool.getSession(workspace)?.sessionName ?? `claude-${workspace}`
  const add = (name: string): void => {
    trace.push(`    ${name} is ${host.control.add(name).incarnation}, made by hand`)
  }
  const there = await whileUp(host, () => host.list())
  const found = there.find(({ sessionName }) => sessionName === known)
  const taken = there.some(({ sessionName }) => sessionName === `claude-${workspace}`)
  if (kind === 'added' && !taken) add(`claude-${workspace}`)
  if (!found) return
  if (kind === 'exited') host.control.exit(known)
  if (kind === 'renamed') {
    spare += 1
    host.control.rename(known, `claude-moved-${spare}`)
  }
  if (kind === 'killed' || kind === 'recreated') await whileUp(host, () => host.kill(found))
  if (kind === 'recreated') add(known)
}

/** Does it also while the host is down for the pools: a person is at its console. */
async function whileUp<T>(host: MemoryHost, run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch {
    host.control.setUnavailable(undefined)
    try {
      return await run()
    } finally {
      host.control.setUnavailable('down')
    }
  }
}
