import { performance } from 'node:perf_hooks'
import type { HostSession } from '../contracts/session-host.ts'
import type { Entry } from './session.ts'

/** The pool's memory: its live sessions by workspace and by session name, and which of them have changed. */
export function createMemory() {
  const byWorkspace = new Map<string, Entry>()
  const byName = new Map<string, Entry>()
  let changed: Entry[] = []

  return {
    get: (workspace: string): Entry | undefined => byWorkspace.get(workspace),
    named: (sessionName: string): Entry | undefined => byName.get(sessionName),
    all: (): Entry[] => [...byWorkspace.values()],
    size: (): number => byWorkspace.size,
    add(entry: Entry): void {
      byWorkspace.set(entry.workspace, entry)
      byName.set(entry.session.sessionName, entry)
    },
    remove(entry: Entry): void {
      if (byWorkspace.get(entry.workspace) === entry) byWorkspace.delete(entry.workspace)
      if (byName.get(entry.session.sessionName) === entry) byName.delete(entry.session.sessionName)
    },
    has: (entry: Entry): boolean => byWorkspace.get(entry.workspace) === entry,
    /** Takes the host's newest view of a session, a new name included. */
    update(entry: Entry, session: HostSession): void {
      if (byName.get(entry.session.sessionName) === entry) byName.delete(entry.session.sessionName)
      entry.session = session
      byName.set(session.sessionName, entry)
    },
    /** Notes a change to be written at the next flush. On the path of every request: nothing but the first time. */
    touch(entry: Entry): void {
      if (entry.changed) return
      entry.changed = true
      entry.changedAt = performance.now()
      changed.push(entry)
    },
    /** What has changed since the last call. */
    takeChanged(): Entry[] {
      const taken = changed
      changed = []
      return taken.filter((entry) => {
        const is = entry.changed
        entry.changed = false
        return is
      })
    },
    /** A session is being told to every store at once: that need not be done again. */
    settle(sessionName: string): void {
      const entry = byName.get(sessionName)
      if (entry) entry.changed = false
    },
  }
}

export type Memory = ReturnType<typeof createMemory>
