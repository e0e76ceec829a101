import type { GatewayPool, SessionInfo } from './session-pool.ts'
import type { Tmux } from './tmux.ts'

/** The pool before the move: everything that it knows is in this map, and ends with the process. */
export class InMemoryPool implements GatewayPool {
  readonly #tmux: Tmux
  readonly #sessions = new Map<string, SessionInfo & { readonly running: number }>()

  constructor(tmux: Tmux) {
    this.#tmux = tmux
  }

  async getOrCreateSession(workspace: string): Promise<SessionInfo> {
    const known = this.#sessions.get(workspace)
    if (known) return known
    await this.#tmux.start(`claude-${workspace}`, 'sh')
    const now = Date.now()
    const made = {
      workspace,
      createdAt: now,
      lastActivityAt: now,
      totalRequests: 0,
      status: 'idle',
      running: 0,
    } as const
    this.#sessions.set(workspace, made)
    return made
  }

  trackRequestStart(workspace: string): boolean {
    return this.#change(workspace, ({ totalRequests, running }) => ({
      totalRequests: totalRequests + 1,
      running: running + 1,
      status: 'active',
    }))
  }

  trackRequestComplete(workspace: string): boolean {
    return this.#change(workspace, ({ running }) => ({
      running: Math.max(0, running - 1),
      status: running > 1 ? 'active' : 'idle',
    }))
  }

  getSession(workspace: string): SessionInfo | undefined {
    return this.#sessions.get(workspace)
  }

  listSessions(): readonly SessionInfo[] {
    return [...this.#sessions.values()]
  }

  async deleteSession(workspace: string): Promise<void> {
    await this.#tmux.kill(`claude-${workspace}`)
    this.#sessions.delete(workspace)
  }

  async stop(): Promise<void> {
    this.#sessions.clear()
  }

  #change(workspace: string, change: (now: SessionInfo & { running: number }) => object): boolean {
    const known = this.#sessions.get(workspace)
    if (known) this.#sessions.set(workspace, { ...known, ...change(known), lastActivityAt: Date.now() })
    return known !== undefined
  }
}
