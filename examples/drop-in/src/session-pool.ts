/** What the gateway knows of a session. */
export interface SessionInfo {
  readonly workspace: string
  readonly createdAt: number
  readonly lastActivityAt: number
  readonly totalRequests: number
  readonly status: 'active' | 'idle' | 'draining'
}

/** What the rest of the gateway uses. It is the same before and after the move. */
export interface GatewayPool {
  getOrCreateSession(workspace: string): Promise<SessionInfo>
  trackRequestStart(workspace: string): boolean
  trackRequestComplete(workspace: string): boolean
  getSession(workspace: string): SessionInfo | undefined
  listSessions(): readonly SessionInfo[]
  deleteSession(workspace: string): Promise<void>
  /** The gateway ends. The sessions go on. */
  stop(): Promise<void>
}
