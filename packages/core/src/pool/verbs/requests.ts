import { codeOf } from '../../errors/code-of.ts'
import { PoolError } from '../../errors/pool-error.ts'
import type { SessionStatus } from '../../record/session-metadata.ts'
import { invalid, toPatch } from '../../sessions/attributes.ts'
import { overlayAttributes } from '../../sessions/merge-stored.ts'
import { assertOwner, assertRunning } from '../../sessions/pool-core.ts'
import type { SessionView } from '../../sessions/project.ts'
import { type Entry, statusOf } from '../../sessions/session.ts'
import { knownEntry } from './require-session.ts'
import type { Verbs } from './verbs.ts'

/** What `touch()` may set besides the time. */
export interface TouchPatch {
  readonly status?: SessionStatus | undefined
  readonly attributes?: object | undefined
}

/** The synchronous verbs of activity: memory only, whatever the stores do. */
export function createRequests(verbs: Verbs) {
  const { core, look } = verbs
  const { memory } = core

  const active = (entry: Entry): void => {
    // A clock set back does not move activity back.
    entry.lastActivityAt = Math.max(entry.lastActivityAt, Date.now())
    entry.touchedAt = entry.lastActivityAt
  }

  const work = (entry: Entry, status: 'active' | 'idle'): void => {
    entry.ownStatus = status
    entry.status = statusOf(entry)
  }

  const drain = (entry: Entry, draining: boolean): void => {
    entry.ownDraining = draining
    entry.status = statusOf(entry)
  }

  /**
   * Where silent sessions are reaped, that one is at work is written at once: if this process is killed before the next
   * flush, the next one must not take it for idle. Behind the request, and at most once at a time.
   */
  const hurry = (entry: Entry): void => {
    if (entry.hurried) return
    entry.hurried = true
    setImmediate(async () => {
      await core.replicas.acknowledge([entry.session.sessionName])
      entry.hurried = false
    })
  }

  const patchAttributes = (entry: Entry, patch: object): void => {
    const changes = toPatch(patch)
    const before = new Map(entry.ownAttributes)
    for (const [key, value] of changes) entry.ownAttributes.set(key, value)
    overlayAttributes(entry, core.check)
    const checked = core.check(entry.attributes ?? {})
    if (checked.ok) return
    entry.ownAttributes.clear()
    for (const [key, value] of before) entry.ownAttributes.set(key, value)
    overlayAttributes(entry, core.check)
    throw invalid(checked.reason)
  }

  const trackRequestStart = (workspace: string): boolean => {
    const entry = memory.get(workspace)
    if (!entry || entry.status === 'draining' || entry.ending || core.stopped) return false
    entry.delta += 1
    entry.activeRequests += 1
    active(entry)
    if (core.options.inactivityTimeoutMs > 0 && entry.status === 'idle') hurry(entry)
    work(entry, 'active')
    core.changed(entry)
    return true
  }

  const trackRequestComplete = (workspace: string): boolean => {
    const entry = memory.get(workspace)
    if (!entry || core.stopped) return false
    if (entry.activeRequests > 0) entry.activeRequests -= 1
    active(entry)
    if (entry.activeRequests === 0) work(entry, 'idle')
    core.changed(entry)
    return true
  }

  return {
    trackRequestStart,
    trackRequestComplete,

    async withRequest<T>(workspace: string, run: (session: SessionView<unknown>) => T | Promise<T>): Promise<T> {
      const entry = await knownEntry(verbs, workspace)
      if (!trackRequestStart(workspace)) {
        const [code, state] = entry.ending
          ? (['SESSION_GONE', 'being ended'] as const)
          : (['SESSION_DRAINING', 'draining'] as const)
        throw new PoolError(code, `The session of ${workspace} is ${state} and takes no new requests.`, {
          context: { workspace },
        })
      }
      try {
        return await run(core.view(entry))
      } catch (error) {
        if (codeOf(error) === 'SESSION_GONE') await look()
        throw error
      } finally {
        // The session may have been replaced meanwhile; this request was the old one's.
        if (memory.has(entry)) trackRequestComplete(workspace)
      }
    },

    touch(workspace: string, { status, attributes }: TouchPatch = {}): boolean {
      const entry = memory.get(workspace)
      if (!entry || core.stopped) return false
      if (status !== undefined && !['active', 'idle', 'draining'].includes(status))
        throw new TypeError(`"${String(status)}" is no session status.`)
      if (attributes !== undefined) patchAttributes(entry, attributes)
      active(entry)
      if (status !== undefined) drain(entry, status === 'draining')
      if (status === 'active' || status === 'idle') work(entry, status)
      core.changed(entry)
      if (status === 'draining') void core.replicas.acknowledge([entry.session.sessionName])
      return true
    },

    setAttributes(workspace: string, patch: object): boolean {
      const entry = memory.get(workspace)
      if (!entry || core.stopped) return false
      patchAttributes(entry, patch)
      core.changed(entry)
      return true
    },

    async setDraining(workspace: string, draining: boolean): Promise<void> {
      assertRunning(core)
      assertOwner(core, 'Draining a session')
      const entry = await knownEntry(verbs, workspace)
      drain(entry, draining)
      core.changed(entry)
      await core.replicas.acknowledge([entry.session.sessionName])
    },
  }
}
