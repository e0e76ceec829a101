interface BareSession {
  totalRequests: number
  activeRequests: number
  lastActivityAt: number
  status: 'active' | 'idle'
}

/** What a gateway without a pool would have to do on each request: look the session up, and note what happens. */
export function bareSessions() {
  const sessions = new Map<string, BareSession>()
  return {
    add(workspace: string): void {
      sessions.set(workspace, { totalRequests: 0, activeRequests: 0, lastActivityAt: Date.now(), status: 'idle' })
    },
    start(workspace: string): boolean {
      const session = sessions.get(workspace)
      if (!session) return false
      session.totalRequests += 1
      session.activeRequests += 1
      session.lastActivityAt = Date.now()
      session.status = 'active'
      return true
    },
    complete(workspace: string): boolean {
      const session = sessions.get(workspace)
      if (!session) return false
      session.activeRequests -= 1
      session.lastActivityAt = Date.now()
      if (session.activeRequests === 0) session.status = 'idle'
      return true
    },
    total: (): number => [...sessions.values()].reduce((sum, { totalRequests }) => sum + totalRequests, 0),
  }
}
