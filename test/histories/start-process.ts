import { createSessionPool } from '@sessionkeep/core'
import { createGate, type GateEvents, LATE_MS } from './gate.ts'
import { mortalHost } from './mortal-host.ts'
import type { Process, World } from './world.ts'

const silent = { debug() {}, info() {}, warn() {}, error() {} }

/** Starts a process on what the earlier ones left, and watches what it does to the disk. */
export async function startProcess(world: World): Promise<Process> {
  const { host, disk, model, complain } = world
  /** Sessions that this process has ended, and those of them whose record it has removed. */
  const ended = new Set<string>()
  const gate = createGate(disk, watchDisk(world, ended))
  const mortal = mortalHost(host, {
    created: (incarnation, createdAt) => {
      model.life(incarnation).createdAt = createdAt
    },
    killed: (incarnation) => ended.add(incarnation),
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
  const self: Process = { pool, gate, killHost, deleted: new Set(), death, dead: false, attached: false }
  pool.on('session:adopted', ({ session, outcome }) => {
    if (!self.dead && outcome !== 'unverified' && model.life(session.incarnation).stored)
      complain(`${session.sessionName} (${session.incarnation}) was taken for ${outcome}, and is stored`)
  })
  await pool.start()
  return self
}

function watchDisk({ revisions, holders, trace, complain }: World, ended: ReadonlySet<string>): GateEvents {
  const removed = new Set<string>()
  return {
    writing(name, record) {
      const incarnation = String(record.incarnation)
      const before = revisions.get(incarnation) ?? 0
      const { revision, totalRequests, status } = record
      trace.push(`    disk: ${name} = ${incarnation} r${revision} n${totalRequests} ${status}`)
      if (Number(revision) < before)
        complain(`${name} (${incarnation}) went from revision ${before} to ${String(revision)}`)
      if (removed.has(incarnation)) complain(`${name} (${incarnation}) was written again after it was deleted`)
      holders.set(name, incarnation)
    },
    written(_, record) {
      const incarnation = String(record.incarnation)
      revisions.set(incarnation, Math.max(revisions.get(incarnation) ?? 0, Number(record.revision)))
    },
    removed(name) {
      const incarnation = holders.get(name)
      if (incarnation !== undefined && ended.has(incarnation)) removed.add(incarnation)
      holders.delete(name)
      trace.push(`    disk: ${name} removed`)
    },
  }
}
