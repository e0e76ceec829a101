/** A living session, as the routes answer it. Times are ms since the epoch. */
export interface Session {
  readonly workspace: string
  readonly sessionName: string
  readonly status: 'active' | 'idle' | 'draining'
  readonly createdAt: number
  readonly lastActivityAt: number
  readonly totalRequests: number
  readonly activeRequests: number
  readonly saved: boolean
  readonly verified: boolean
  readonly origin: 'created' | 'stored' | 'stamp' | 'host' | 'now'
  readonly attached?: boolean
  readonly foreground?: string
  readonly pid?: number
  readonly generation?: number
  readonly attributes?: Readonly<Record<string, unknown>>
}

/** A session that has ended. */
export interface Ended {
  readonly workspace: string
  readonly lastActivityAt: number
  readonly totalRequests: number
  readonly generation?: number
  readonly ended?: {
    readonly at: number
    readonly cause: string
    readonly exitCode?: number
    readonly signal?: number
    readonly interrupted?: boolean
    readonly screen?: string
  }
}

/** The state of one store. */
export interface Store {
  readonly store: string
  readonly role: string
  readonly active: boolean
  readonly state: string
  readonly durability: string
  readonly dirty: number
  readonly oldestDirtyMs: number
  readonly lastSuccessAt?: number
  readonly lastError?: { readonly code: string; readonly message: string }
  readonly degradedSince?: number
}

interface Desired {
  readonly store: string
  readonly mirror: readonly string[]
  readonly layer: string
  readonly reason?: string
}

/** The stores, and a running switch. */
export interface Persistence {
  readonly desired: Desired
  readonly effective: {
    readonly stores: readonly string[]
    readonly reason: string
    readonly since: number
    readonly epoch: number
  }
  readonly stores: readonly Store[]
  readonly oldestDirtyMs: number
  readonly saved: number
  readonly sessions: number
  readonly afterRestart: Desired
  readonly switching?: {
    readonly store: string
    readonly phase: string
    readonly since: number
    readonly written: number
    readonly total: number
  }
  readonly failedSwitch?: {
    readonly store: string
    readonly error: { readonly message: string }
    readonly attempts: number
  }
}

/** The layers that select the stores. */
export interface Selection {
  readonly store: string
  readonly why: string
  readonly layers: ReadonlyArray<{
    readonly layer: string
    readonly state: string
    readonly verdict: string
    readonly store?: string
    readonly mirror?: readonly string[]
    readonly source?: string
    readonly detail?: string
  }>
}

/** The pool in numbers. */
export interface Stats {
  readonly totalSessions: number
  readonly totalRequests: number
  readonly activeRequests: number
  readonly endedSessions: number
  readonly maxSessions: number
  readonly host: { readonly state: string; readonly reason?: string }
}

/** An event of the pool. */
export interface PoolEvent {
  readonly event: string
  readonly at: number
  readonly data: Readonly<Record<string, unknown>>
}

/** What a switch or a rollback would keep and lose. */
export interface Preview {
  readonly action: 'switch' | 'rollback'
  readonly to: string
  readonly unsafe: { readonly records: number; readonly oldestMs: number }
  readonly kept: readonly string[]
  readonly lost: readonly string[]
}
