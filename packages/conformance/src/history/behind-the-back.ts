import type { World } from './world.ts'

export type Deed = 'killed' | 'renamed' | 'added' | 'recreated' | 'exited'

/** What a person does to sessions behind the pool's back. */
export async function behindTheBack(world: World, kind: Deed, workspace: string): Promise<void> {
  const { host, trace, process } = world
  const known = process.pool.getSession(workspace)?.sessionName ?? `claude-${workspace}`
  const add = (name: string): void => {
    trace.push(`    ${name} is ${host.control.add(name).incarnation}, made by hand`)
  }
  const there = await whileUp(world, () => host.list())
  const found = there.find(({ sessionName }) => sessionName === known)
  const taken = there.some(({ sessionName }) => sessionName === `claude-${workspace}`)
  if (kind === 'added' && !taken) add(`claude-${workspace}`)
  if (!found) return
  if (kind === 'exited') host.control.exit(known)
  if (kind === 'renamed') {
    world.renamed += 1
    host.control.rename(known, `claude-moved-${world.renamed}`)
    trace.push(`    ${known} is claude-moved-${world.renamed}`)
  }
  if (kind === 'killed' || kind === 'recreated') await whileUp(world, () => host.kill(found))
  if (kind === 'recreated') add(known)
}

/** Does it also while the host is down for the pools: a person is at its console. */
export async function whileUp<T>(world: World, run: () => Promise<T>): Promise<T> {
  const { control } = world.host
  try {
    return await run()
  } catch {
    control.setUnavailable(undefined)
    try {
      return await run()
    } finally {
      // Meanwhile it may have come back for everybody.
      control.setUnavailable(world.isHostDown ? 'down' : undefined)
    }
  }
}
