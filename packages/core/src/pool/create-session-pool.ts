import { createKeyedQueue } from '../base/keyed-queue.ts'
import { createLook, createSurvey } from '../discovery/discover.ts'
import { reportOf } from '../discovery/discovery-report.ts'
import type { JsonObject } from '../record/session-metadata.ts'
import { createSelectionLayers } from '../selection/selection-layers.ts'
import { assertRunning, createPoolCore } from '../sessions/pool-core.ts'
import { createLifecycle } from './lifecycle.ts'
import { resolveOptions, type SessionPoolOptions } from './resolve-options.ts'
import type { SessionPool } from './session-pool.ts'
import { statsOf } from './stats.ts'
import { createPersistence } from './stores/persistence-verbs.ts'
import { createDeleteSession } from './verbs/delete-session.ts'
import { createGetOrCreateSession } from './verbs/get-or-create-session.ts'
import { createRequests } from './verbs/requests.ts'
import { createSaveSessionMetadata } from './verbs/save-session-metadata.ts'
import { createConversation } from './verbs/terminal-io.ts'
import type { Verbs } from './verbs/verbs.ts'

/** Makes a pool; nothing is touched until its first verb. Throws `CONFIG_INVALID` for options that cannot be meant. */
export function createSessionPool<Attributes = JsonObject>(
  options: SessionPoolOptions<Attributes>,
): SessionPool<Attributes> {
  const resolved = resolveOptions(options)
  const core = createPoolCore(resolved)
  const survey = createSurvey(core)
  const look = createLook(core)
  const queue = createKeyedQueue()
  const layers = createSelectionLayers(resolved.metadata, process.env, core.logger)
  const persistence = createPersistence(core, survey, layers)
  const { attach } = persistence
  const verbs: Verbs = { core, queue, persistence, attach, look, survey }
  const lifecycle = createLifecycle(verbs)
  let running = false

  const pool: SessionPool<unknown> = {
    async start() {
      await lifecycle.start()
      running = true
    },
    getOrCreateSession: createGetOrCreateSession(verbs),
    deleteSession: createDeleteSession(verbs),
    saveSessionMetadata: createSaveSessionMetadata(verbs),
    ...createRequests(verbs),
    ...createConversation(verbs),
    listSessions: () => core.memory.all().map(core.view),
    getSession(workspace) {
      const entry = core.memory.get(workspace)
      return entry && core.view(entry)
    },
    getStats: () => statsOf(core, running && !core.stopped),
    async discoverExistingSessions() {
      assertRunning(core)
      await attach()
      return reportOf(core, await survey({ full: true }))
    },
    switchStore: persistence.switchStore,
    rollback: persistence.rollback,
    persistence: persistence.persistence,
    explain: layers.explain,
    stop: lifecycle.stop,
    terminate: lifecycle.terminate,
    on: core.events.on,
    off: core.events.off,
  }
  return pool as unknown as SessionPool<Attributes>
}
