import type { JsonObject } from '@sessionkeep/contracts'
import { PoolError } from '@sessionkeep/contracts/errors'
import {
  attributeCheck,
  codecOf,
  createKeyedQueue,
  observeCalls,
  safeCodec,
  safeLogger,
  systemClock,
} from '@sessionkeep/contracts/internal'
import { createReplicaSet } from '@sessionkeep/replication'
import { mostEnded } from '@sessionkeep/resume'
import { createSelectionLayers, defaultLogger, ownerOf } from '@sessionkeep/selection/internal'
import { createDiscovery } from '../discovery/discover.ts'
import { reportOf } from '../discovery/discovery-report.ts'
import { createHostPoller } from '../discovery/poll-host.ts'
import { createSurroundings } from '../discovery/surroundings.ts'
import { createSessionsPort } from '../sessions/desired-records.ts'
import { createEndedSessions } from '../sessions/ended-sessions.ts'
import { createEvents } from '../sessions/events.ts'
import { createSessionTable } from '../sessions/session-table.ts'
import { createSessions } from '../sessions/sessions.ts'
import { createTombstones } from '../sessions/tombstones.ts'
import { createAutoResume } from './auto-resume.ts'
import { createFormerStamps } from './former-stamps.ts'
import { healthOf } from './health.ts'
import { createLifecycle } from './lifecycle.ts'
import { createPoolState } from './pool-state.ts'
import { resolveOptions, type SessionPoolOptions } from './resolve-options.ts'
import type { SessionPool } from './session-pool.ts'
import { statsOf } from './stats.ts'
import { createPersistence } from './stores/persistence-verbs.ts'
import { createSessionCreator } from './verbs/create-session.ts'
import { createDeleteSession, createEnding } from './verbs/delete-session.ts'
import { createForgetEnded } from './verbs/forget-ended.ts'
import { createGetOrCreateSession } from './verbs/get-or-create-session.ts'
import { createLaunched } from './verbs/launched.ts'
import { createReaper } from './verbs/reap.ts'
import { createRequests } from './verbs/requests.ts'
import { createRequireSession } from './verbs/require-session.ts'
import { createRespawn } from './verbs/respawn.ts'
import { createResume } from './verbs/resume.ts'
import { createResumer } from './verbs/resume-one.ts'
import { createRoom } from './verbs/room.ts'
import { createSaveSessionMetadata } from './verbs/save-session-metadata.ts'
import { createTerminalIo } from './verbs/terminal-io.ts'
import { createTurns } from './verbs/turns.ts'

/**
 * Creates a pool. It does not touch host or stores until its first asynchronous call.
 *
 * @throws `CONFIG_INVALID` with every wrong option.
 *
 * @example
 * ```ts
 * await using pool = createSessionPool({ host: tmuxHost(), metadata: await loadConfig() })
 * await pool.start()
 * ```
 */
export function createSessionPool<Attributes = JsonObject>(
  given: SessionPoolOptions<Attributes>,
): SessionPool<Attributes> {
  const options = resolveOptions(given)
  const { metadata, role, orphanTtlMs, takeIn, sessionPrefix, poolId, formerly, clock = systemClock } = options
  const logger = safeLogger(options.logger ?? defaultLogger())
  const codec = safeCodec(codecOf(options.sessionName, sessionPrefix))
  const check = attributeCheck(options.attributes)
  const poolKey = ownerOf({ poolId, sessionPrefix })
  const events = createEvents<unknown>(logger, poolKey)
  const state = createPoolState(role)
  const isResuming = options.resume.when !== 'never'
  const queue = createKeyedQueue()

  const table = createSessionTable(clock)
  const replicas = createReplicaSet({
    sessions: createSessionsPort(table, codec, poolKey),
    pool: {
      ...{ poolId, sessionPrefix, formerly, place: () => options.host.place },
      isOurName: (name) => codec.decode(name) !== undefined,
      async living() {
        const listed = await host.list()
        if (listed instanceof PoolError) return undefined
        return new Set(listed.live.flatMap(({ incarnation }) => (incarnation === undefined ? [] : [incarnation])))
      },
    },
    readOnly: role === 'observer',
    logger,
    clock,
    timing: metadata,
  })
  const tombstones = createTombstones(table, replicas, check, clock)
  const ended = createEndedSessions(check)
  const sessions = createSessions({
    ...{ table, tombstones, ended, replicas, check, events, logger, clock },
    ...{ pool: poolKey, orphanTtlMs, history: options.history, keepsIdle: isResuming },
    boot: () => surroundings.boot(),
    countsSilenceOverRestarts: options.silenceOverRestarts,
    hasEnded: (hosted) => options.host.hasEnded?.(hosted) === true,
  })
  const host = createHostPoller(options.host, createFormerStamps(formerly, poolKey), logger, events, clock)
  const surroundings = createSurroundings(host, logger)
  const discovery = createDiscovery({
    ...{
      surroundings,
      mostEnded: mostEnded(options.history, options.maxSessions),
      keepsIdle: isResuming,
      keepsLost: isResuming,
    },
    ...{ sessions, replicas, host, codec, logger, events, clock, takeIn, role, orphanTtlMs },
    readTimeoutMs: metadata.attachTimeoutMs,
    undeclaredPrefix: poolId === undefined || formerly.includes(sessionPrefix) ? undefined : sessionPrefix,
  })
  const layers = createSelectionLayers(metadata, process.env, logger, clock)
  const persistence = createPersistence({
    ...{ layers, replicas, clock, logger, events, host, state, timing: metadata, readOnly: role === 'observer' },
    startDegraded: metadata.startDegraded,
    pool: poolKey,
    saved() {
      return { saved: sessions.countSaved(), sessions: table.size() }
    },
    joinStore: discovery.joinStore,
    discover: () => discovery.discover(),
  })
  const { attach } = persistence

  const sources = { table, state, host, discovery, attach }
  const requireSession = createRequireSession(sources)
  const forgetEnded = createForgetEnded({ state, attach, discovery, replicas })
  const ending = createEnding(options.host, sessions, replicas, state, clock)
  const reaper = createReaper({ sessions, replicas, discovery, ending, state, queue, logger, clock, options })
  const room = createRoom({ table, state, evictIdle: reaper.evictIdle, options })
  const lifecycle = createLifecycle({
    ...{ sessions, replicas, host, discovery, persistence, ending, state, queue, logger, clock, options },
    cleanup: reaper.cleanUp,
    onReported: events.close,
    onStop() {
      autoResume.stop()
      resumer.line.clear(new PoolError('POOL_STOPPED', 'This pool was stopped; create another one to go on.'))
    },
  })
  const launched = createLaunched(options, clock)
  const create = createSessionCreator({
    ...{ sessions, replicas, poller: host, discovery, state, surroundings, launched, logger, clock, options },
  })
  const resumer = createResumer({ sources, sessions, replicas, create, codec, events, clock, options })
  const getting = createGetOrCreateSession({
    ...{ sources, view: sessions.view, create, room, resumer, ended, queue, codec, replicas, check, clock, options },
  })
  const { bringBack } = getting
  const resume = createResume({ sources, sessions, replicas, resumer, bringBack, boot: surroundings.boot, clock })
  const autoResume = createAutoResume({ sessions, replicas, discovery, resume, state, events, logger, clock, options })
  const requests = createRequests({
    ...{ sessions, replicas, state, discovery, requireSession, check, clock },
    pool: poolKey,
    hasSchema: options.attributes !== undefined,
    areSilentReaped: options.inactivityTimeoutMs > 0 || options.maxLifeMs > 0 || options.whenFull === 'evict-idle',
  })
  const terminalIo = createTerminalIo(options.host, requireSession, sources)
  let isStarted = false

  const pool: SessionPool<unknown> = {
    async start() {
      await lifecycle.start()
      if (!isStarted) autoResume.start()
      isStarted = true
    },
    getOrCreateSession: getting.getOrCreate,
    deleteSession: createDeleteSession(sources, poolKey, queue, ending, requests.setDraining, async (workspace) => {
      if (options.resume.when === 'never' || !sessions.ended.lastRecord(workspace)) return false
      return (await forgetEnded({ workspace })).length > 0
    }),
    saveSessionMetadata: createSaveSessionMetadata({
      ...{ sources, requireSession, replicas, isForRestart: persistence.isForRestart, logger, clock },
      timeoutMs: metadata.saveTimeoutMs,
    }),
    ...requests,
    ...terminalIo,
    ...createTurns(requests, terminalIo, events, clock),
    respawn: createRespawn({ sources, sessions, requireSession, queue, launched, clock, options }),
    async reapNow() {
      state.assertRunning()
      await attach()
      return reaper.reapNow()
    },
    listSessions: () => table.living().map(sessions.view),
    getSession(workspace) {
      const session = table.get(workspace)
      return session && sessions.view(session)
    },
    getStats: () =>
      statsOf(table, ended, {
        maxSessions: options.maxSessions,
        started: isStarted && !state.isStopped(),
        host: host.state(),
      }),
    async discoverExistingSessions() {
      state.assertRunning()
      await attach()
      return reportOf(sessions, replicas, await discovery.discover({ full: true }))
    },
    listEnded: ended.list,
    planResume: resume.planResume,
    resume: resume.resume,
    resumeSession: async (workspace, given) => sessions.view(await resume.resumeSession(workspace, given)),
    forgetEnded,
    switchStore: persistence.switchStore,
    rollback: persistence.rollback,
    persistence: persistence.persistence,
    explain: layers.explain,
    status: () => ({ sessions: pool.getStats(), persistence: pool.persistence(), selection: pool.explain() }),
    health: () => healthOf(poolKey, pool.getStats(), pool.persistence()),
    stop: lifecycle.stop,
    async [Symbol.asyncDispose]() {
      await lifecycle.stop()
    },
    terminate: lifecycle.terminate,
    on: events.on,
    off: events.off,
  }
  observeCalls(pool, poolKey)
  return pool as unknown as SessionPool<Attributes>
}
