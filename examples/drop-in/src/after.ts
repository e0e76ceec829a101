import { createSessionPool, type MetadataOptions, type SessionPool } from '@sessionkeep/core'
import { hostOf } from './host.ts'
import type { GatewayPool, SessionInfo } from './session-pool.ts'
import type { Tmux } from './tmux.ts'

/** The pool after the move: the same methods, and a restart changes nothing of what it knows. */
export class KeptPool implements GatewayPool {
  readonly #pool: SessionPool

  private constructor(pool: SessionPool) {
    this.#pool = pool
  }

  /** New: a pool has to be started, so that it finds the sessions of earlier runs. */
  static async start(tmux: Tmux, metadata: MetadataOptions): Promise<KeptPool> {
    const pool = createSessionPool({ host: hostOf(tmux), metadata, launch: () => ({ command: 'sh' }) })
    await pool.start()
    return new KeptPool(pool)
  }

  getOrCreateSession(workspace: string): Promise<SessionInfo> {
    return this.#pool.getOrCreateSession(workspace)
  }

  trackRequestStart(workspace: string): boolean {
    return this.#pool.trackRequestStart(workspace)
  }

  trackRequestComplete(workspace: string): boolean {
    return this.#pool.trackRequestComplete(workspace)
  }

  getSession(workspace: string): SessionInfo | undefined {
    return this.#pool.getSession(workspace)
  }

  listSessions(): readonly SessionInfo[] {
    return this.#pool.listSessions()
  }

  async deleteSession(workspace: string): Promise<void> {
    await this.#pool.deleteSession(workspace)
  }

  async stop(): Promise<void> {
    await this.#pool.stop()
  }
}
