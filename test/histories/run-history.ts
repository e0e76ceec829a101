import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { memoryHost } from '@sessionkeep/core'
import { atRest, plantForeign } from './at-rest.ts'
import { behindTheBack } from './behind-the-back.ts'
import type { Command, History } from './commands.ts'
import { createModel } from './model.ts'
import { startProcess } from './start-process.ts'
import type { Process, World } from './world.ts'

const EXPECTED = [
  'SESSION_BUSY',
  'SESSION_NOT_FOUND',
  'SESSION_GONE',
  'SESSION_DRAINING',
  'SESSION_FOREIGN',
  'HOST_UNAVAILABLE',
  'POOL_STOPPED',
]

export async function runHistory({ durability, commands }: History): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'sessionkeep-history-'))
  const faults: string[] = []
  const trace: string[] = []
  const complain = (message: string) => {
    faults.push(message)
    trace.push(`!!! ${message}`)
  }
  const world: World = {
    host: memoryHost(),
    disk: { directory, durability, weather: 'fine' },
    model: createModel(complain),
    revisions: new Map(),
    holders: new Map(),
    faults,
    trace,
    complain,
  }
  await plantForeign(directory)
  const run = await createRun(world)
  try {
    for (const command of commands) {
      trace.push(JSON.stringify(command))
      await within(run.step(command), world)
      if (faults.length > 0) break
    }
    for (const kind of ['rest', 'restart', 'rest'] as const) {
      if (faults.length > 0) break
      trace.push(kind)
      await within(run.step({ kind }), world)
    }
  } finally {
    await run.end()
    await rm(directory, { recursive: true, force: true })
  }
  if (faults.length > 0) throw new Error(`${faults.join('\n')}\n${trace.join('\n')}`)
}

/** A step that does not end is a fault like any other. */
async function within(step: Promise<void>, { complain }: World): Promise<void> {
  const ended = new AbortController()
  const stuck = delay(20_000, 'stuck', { signal: ended.signal, ref: false }).catch(() => 'ended')
  const outcome = await Promise.race([step.then(() => 'ended'), stuck])
  ended.abort()
  if (outcome === 'stuck') complain('the step does not end')
}

async function createRun(world: World) {
  const { host, disk, model, trace, complain } = world
  let pending: Array<Promise<unknown>> = []
  let tick = 0
  let alive = await startProcess(world)

  const look = (): void => {
    // Until it has the lock, what it read may be older than what the last holder wrote.
    alive.attached ||= alive.pool.persistence().effective.reason === 'ok'
    for (const view of alive.pool.listSessions()) model.check(view, alive.attached)
  }

  /** Runs a verb that may fail for a known reason; of a process that was killed meanwhile nothing is said. */
  const attempt = async (self: Process, verb: () => Promise<void>, also: string[] = []): Promise<void> => {
    try {
      // What a killed process was doing never ends.
      await Promise.race([verb(), self.death])
    } catch (error) {
      const code = String((error as { code?: string }).code)
      if (!self.dead && ![...EXPECTED, ...also].includes(code)) complain(`unexpected: ${String(error)}`)
    }
  }

  const verbs = {
    async create(self: Process, workspace: string) {
      const view = await self.pool.getOrCreateSession(workspace)
      if (!self.dead) trace.push(`    ${workspace} is ${view.incarnation}`)
    },
    async save(self: Process, workspace: string) {
      const view = self.pool.getSession(workspace)
      const saved = await self.pool.saveSessionMetadata(workspace)
      if (self.dead || !view) return
      if (saved.stores.length === 0) complain('saved nowhere')
      // What an unverified session shows besides its count is a guess.
      if (view.verified) model.acknowledge(view)
      trace.push(`    saved ${view.incarnation} n${view.totalRequests}`)
    },
    async delete(self: Process, workspace: string, force: boolean) {
      const incarnation = self.pool.getSession(workspace)?.incarnation
      await self.pool.deleteSession(workspace, { force })
      // Another may have come in between; then which one was ended is not known here.
      const gone = !(await host.list().catch(() => [{ incarnation }])).some((one) => one.incarnation === incarnation)
      if (!self.dead && incarnation !== undefined && gone) self.deleted.add(incarnation)
    },
  }

  const requests = (command: Extract<Command, { kind: 'start' | 'complete' | 'touch' | 'attribute' }>): void => {
    const { pool } = alive
    const one = model.life(pool.getSession(command.workspace)?.incarnation)
    try {
      if (command.kind === 'start' && pool.trackRequestStart(command.workspace)) one.counted += 1
      if (command.kind === 'complete') pool.trackRequestComplete(command.workspace)
      if (command.kind === 'touch') pool.touch(command.workspace)
      if (command.kind === 'attribute') {
        tick += 1
        if (pool.setAttributes(command.workspace, { n: tick })) one.attributeSet = tick
      }
    } catch (error) {
      complain(`${command.kind} threw ${String(error)}`)
    }
  }

  const stop = async (): Promise<void> => {
    const views = alive.pool.listSessions()
    const { unsaved } = await alive.pool.stop({ deadlineMs: 1000 })
    // What an unverified session shows besides its count is a guess.
    for (const view of views) if (view.verified && !unsaved.includes(view.sessionName)) model.acknowledge(view)
    const saved = new Set(
      views.filter(({ sessionName }) => !unsaved.includes(sessionName)).map(({ incarnation }) => incarnation),
    )
    for (const one of model.lives()) if (!saved.has(one.incarnation)) model.forget(one)
    trace.push(`    unsaved: ${unsaved.join(' ')}`)
    alive.dead = true
  }

  const crash = async (): Promise<void> => {
    alive.dead = true
    alive.killHost()
    await alive.gate.kill()
    for (const one of model.lives()) model.forget(one)
    // Only to end its timers: nothing of it reaches host or disk any more.
    pending.push(alive.pool.stop({ deadlineMs: 1 }))
  }

  const step = async (command: Command): Promise<void> => {
    const self = alive
    switch (command.kind) {
      case 'create':
      case 'save':
      case 'delete': {
        const also =
          command.kind === 'save'
            ? ['STORE_UNAVAILABLE', 'STORE_TIMEOUT', 'STORE_CLOSED', 'STORE_LOCKED', 'STORE_BATCH_FAILED']
            : []
        const force = command.kind === 'delete' && command.force
        const running = attempt(self, () => verbs[command.kind](self, command.workspace, force), also)
        if (command.wait) await running
        else pending.push(running)
        break
      }
      case 'drain':
        // Of a session that is not in memory yet, the model could not say which one it will be.
        if (!self.pool.getSession(command.workspace)) break
        await attempt(self, async () => {
          const one = model.life(self.pool.getSession(command.workspace)?.incarnation)
          one.draining = new Set([command.draining])
          one.drainingSinceAcknowledged.add(command.draining)
          await self.pool.setDraining(command.workspace, command.draining)
        })
        break
      case 'discover': {
        const running = attempt(self, async () => void (await self.pool.discoverExistingSessions()))
        if (command.wait) await running
        else pending.push(running)
        break
      }
      case 'start':
      case 'complete':
      case 'touch':
      case 'attribute':
        requests(command)
        break
      case 'host':
        host.control.setUnavailable(command.up ? undefined : 'down')
        break
      case 'weather':
        disk.weather = command.weather
        break
      case 'pause':
        await delay(command.ms)
        break
      case 'restart':
        await stop()
        alive = await startProcess(world)
        break
      case 'crash':
        await crash()
        alive = await startProcess(world)
        break
      case 'handover': {
        disk.weather = 'fine'
        const next = await startProcess(world)
        await stop()
        alive = next
        break
      }
      case 'rest':
        disk.weather = 'fine'
        host.control.setUnavailable(undefined)
        await Promise.all(pending)
        pending = []
        await atRest(world, alive)
        break
      default:
        await behindTheBack(world, self, command.kind, command.workspace)
    }
    look()
  }

  return {
    step,
    async end(): Promise<void> {
      disk.weather = 'fine'
      host.control.setUnavailable(undefined)
      if (!alive.dead) await alive.pool.stop()
      alive.dead = true
      await Promise.race([Promise.all(pending), delay(5000, undefined, { ref: false })])
    },
  }
}
