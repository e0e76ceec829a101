import type { World } from './world.ts'

export type ManualChange = 'killed' | 'renamed' | 'displaced' | 'added' | 'recreated' | 'exited' | 'lost'

/** Changes a session as a person at the console would, without the pool. */
export async function changeByHand(world: World, kind: ManualChange, workspace: string): Promise<void> {
  const { host, trace, process } = world
  const known = process.pool.getSession(workspace)?.sessionName ?? `claude-${workspace}`
  const add = (name: string): void => {
    trace.push(`    ${name} is ${host.control.add(name).incarnation}, added by hand`)
  }
  const rename = (from: string, to: string): void => {
    host.control.rename(from, to)
    trace.push(`    ${from} is ${to}`)
  }
  const listed = await withHostUp(world, () => host.list())
  const found = listed.find(({ sessionName }) => sessionName === known)
  const taken = listed.some(({ sessionName }) => sessionName === `claude-${workspace}`)
  // Every session ends with the server, whichever workspace was drawn.
  if (kind === 'lost') host.control.endServer()
  if (kind === 'added' && !taken) add(`claude-${workspace}`)
  if (!found) return
  if (kind === 'exited') host.control.exit(known)
  // Only the name of a session without a stamp says which workspace it has. After a rename it would have another
  // workspace.
  if ((kind === 'renamed' || kind === 'displaced') && found.pool !== undefined) {
    world.renamed += 1
    rename(known, `claude-moved-${world.renamed}`)
    const others = listed.filter((other) => other !== found && other.pool !== undefined && !other.exited)
    const next = others[world.nextRandom() % others.length]
    if (kind === 'displaced' && next) rename(next.sessionName, known)
  }
  if (kind === 'killed' || kind === 'recreated') await withHostUp(world, () => host.kill(found))
  if (kind === 'recreated') add(known)
}

/** Calls `run` with the host up, also during a step in which the host is down. */
export async function withHostUp<T>(world: World, run: () => Promise<T>): Promise<T> {
  const { control } = world.host
  try {
    return await run()
  } catch {
    control.setUnavailable(undefined)
    try {
      return await run()
    } finally {
      // A step of the history may have ended the outage meanwhile.
      control.setUnavailable(world.isHostDown ? 'down' : undefined)
    }
  }
}
