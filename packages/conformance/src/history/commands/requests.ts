import fc from 'fast-check'
import { eventLoopTurns } from '../fault-injector.ts'
import { withHostUp } from '../manual-changes.ts'
import { lifeOf, logOf, type World } from '../world.ts'
import type { Command, Kind } from './command.ts'
import { workspace } from './workspace.ts'

/** An existing session must be returned within this many turns of the event loop, whatever the stores do. */
const TURNS = 200

/** The verbs that must neither fail nor wait because of a store. */
const VERBS = {
  start(world: World, of: string): void {
    const { pool } = world.process
    const view = pool.getSession(of)
    const counted = pool.trackRequestStart(of)
    if (view && !counted && view.status !== 'draining' && !world.busy.get(of))
      world.reportFault(`a request of ${of} was refused`)
    if (!counted) return
    logOf(world.process, view?.incarnation).delta += 1
    lifeOf(world, view?.incarnation).counted += 1
  },
  complete: ({ process }: World, of: string): void => void process.pool.trackRequestComplete(of),
  touch: ({ process }: World, of: string): void => void process.pool.touch(of),
  attribute(world: World, of: string): void {
    const { pool } = world.process
    world.tick += 1
    if (pool.setAttributes(of, { n: world.tick }))
      logOf(world.process, pool.getSession(of)?.incarnation).attribute = world.tick
  },
  async ask(world: World, of: string): Promise<void> {
    const { process, host } = world
    const before = process.pool.getSession(of)
    const listed = await withHostUp(world, () => host.list())
    const lives = listed.some(({ incarnation, exited }) => !exited && incarnation === before?.incarnation)
    if (!before || !lives || world.busy.get(of)) return
    let hasEnded = false
    const end = () => {
      hasEnded = true
    }
    const asked = process.pool.getOrCreateSession(of).then(end, end)
    for (let turn = 0; turn < TURNS && !hasEnded; turn += 1) await eventLoopTurns(1)
    if (!hasEnded) world.reportFault(`${of} exists, and getOrCreateSession() waits`)
    await asked
  },
}
type Verb = keyof typeof VERBS

const request = (verb: Verb, of: string): Command => ({
  label: `${verb} ${of}`,
  async run(world) {
    try {
      await VERBS[verb](world, of)
    } catch (error) {
      world.reportFault(`${verb} of ${of} threw ${String(error)}`)
    }
  },
})

const verb = fc.constantFrom(...(Object.keys(VERBS) as Verb[]), 'start', 'start')
export const requests: Kind = { weight: 7, arbitrary: fc.tuple(verb, workspace).map(([one, of]) => request(one, of)) }
