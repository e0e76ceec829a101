import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { createSessionPool, type MemoryHost, memoryHost, type SessionPool } from '@sessionkeep/core'
import { atRest, plantForeign } from './at-rest.ts'
import type { Command, History } from './commands.ts'
import { createGate, type Disk, type Gate, LATE_MS } from './gate.ts'
import { createModel } from './model.ts'
import { mortalHost } from './mortal-host.ts'

/** One process: a pool and its ways to the outside. */
export interface Process {
  readonly pool: SessionPool
  readonly gate: Gate
  readonly killHost: () => void
  /** Incarnations whose record this process has removed from the disk. */
  readonly removed: Set<string>
  /** Fulfils when it is killed. */
  readonly death: Promise<void>
  dead: boolean
  /** Whether it has had the store to itself. */
  attached: boolean
}

export interface World {
  readonly host: MemoryHost
  readonly disk: Disk
  readonly model: ReturnType<typeof createModel>
  readonly faults: string[]
  readonly trace: string[]
  complain(message: string): void
}

const silent = { debug() {}, info() {}, warn() {}, error() {} }
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
  /** The revision of each incarnation on the disk. */
  const revisions = new Map<string, number>()
  const holders = new Map<string, string>()
  let pending: Array<Promise<unknown>> = []
  let spare = 0
  let tick = 0

  const start = async (): Promise<Process> => {
    const removed = new Set<string>()
    const gate = createGate(disk, {
      written(name, record) {
        const incarnation = String(record.incarnation)
        const revision = Number(record.revision)
        if (revision < (revisions.get(incarnation) ?? 0))
          complain(`${name} (${incarnation}) went from revision ${revisions.get(incarnation)} to ${revision}`)
        if (removed.has(incarnation)) complain(`${name} (${incarnation}) was written again after it was deleted`)
        revisions.set(incarnation, revision)
        holders.set(name, incarnation)
        trace.push(
          `    disk: ${name} = ${incarnation} r${revision} n${String(record.totalRequests)} ${String(record.status)}`,
        )
      },
      removed(name) {
        const incarnation = holders.get(name)
        if (incarnation !== undefined && model.life(incarnation).deleted) removed.add(incarnation)
        holders.delete(name)
        trace.push(`    disk: ${name} removed`)
      },
    })
    const mortal = mortalHost(host, (incarnation, createdAt) => {
      model.life(incarnation).createdAt = createdAt
    })
    const pool = createSessionPool({
      host: mortal.host,
      metadata: {
        store: gate.store,
        flushIntervalMs: 5,
        maxRetryMs: 20,
        lockRetryMs: 10,
        ackMs: 20,
        saveDeadlineMs: 300,
        attachDeadlineMs: 80,
        callDeadlineMs: LATE_MS / 2,
      },
      livenessIntervalMs: 20,
      logger: silent,
    })
    let die: () => void = () => {}
    const death = new Promise<void>((resolve) => {
      die = resolve
    })
    const killHost = () => {
      mortal.kill()
      die()
    }
    const self: Process = { pool, gate, removed, killHost, death, dead: false, attached: false }
    pool.on('session:adopted', ({ session, outcome }) => {
      if (!self.dead && outcome !== 'unverified' && model.life(session.incarnation).stored)
        complain(`${session.sessionName} (${session.incarnation}) was taken for ${outcome}, and is stored`)
    })
    await pool.start()
    return self
  }

  let alive = await start()

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
      model.acknowledge(view)
      trace.push(`    saved ${view.incarnation} n${view.totalRequests}`)
    },
    async delete(self: Process, workspace: string, force: boolean) {
      const incarnation = self.pool.getSession(workspace)?.incarnation
      await self.pool.deleteSession(workspace, { force })
      // Another may have come in between; then which one was ended is not known here.
      const gone = !(await host.list().catch(() => [{ incarnation }])).some((one) => one.incarnation === incarnation)
      if (!self.dead && incarnation !== undefined && gone) model.life(incarnation).deleted = true
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

  const behind = async (
    kind: 'killed' | 'renamed' | 'added' | 'recreated' | 'exited',
    workspace: string,
  ): Promise<void> => {
    const known = alive.pool.getSession(workspace)?.sessionName ?? `claude-${workspace}`
    // A person's own hands reach the host also while the pool's calls fail.
    const there = await listAll(host)
    const found = there.find(({ sessionName }) => sessionName === known)
    const taken = there.some(({ sessionName }) => sessionName === `claude-${workspace}`)
    if (kind === 'added' && !taken) note(host.control.add(`claude-${workspace}`))
    if (!found) return
    if (kind === 'exited') host.control.exit(known)
    if (kind === 'renamed') {
      spare += 1
      host.control.rename(known, `claude-moved-${spare}`)
    }
    if (kind === 'killed' || kind === 'recreated') await whileUp(host, () => host.kill(found))
    if (kind === 'recreated') note(host.control.add(known))
  }
  const note = ({ incarnation, sessionName }: { incarnation?: string | undefined; sessionName: string }): void => {
    trace.push(`    ${sessionName} is ${incarnation}, made by hand`)
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
        alive = await start()
        break
      case 'crash':
        await crash()
        alive = await start()
        break
      case 'handover': {
        disk.weather = 'fine'
        const next = await start()
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
        await behind(command.kind, command.workspace)
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

async function listAll(host: MemoryHost): Promise<Awaited<ReturnType<MemoryHost['list']>>> {
  return whileUp(host, () => host.list())
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
