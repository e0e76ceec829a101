import type { SessionPool } from '@sessionkeep/core'
import { ask } from './ask.ts'
import { invalidRequest, type Reply } from './replies.ts'

export interface Call {
  readonly method: string
  /** `/sessions/docs/ask` */
  readonly path: string
  readonly body: unknown
}

export interface RoutesOptions {
  readonly answerMs: number
  /** Ends the gateway but not the sessions; resolves with the report of the save. */
  readonly stop: () => Promise<unknown>
}

/** The routes of the gateway; each calls one verb of the pool. */
export function createRoutes(pool: SessionPool, { answerMs, stop }: RoutesOptions) {
  const routes: Record<string, (workspace: string, body: unknown) => unknown> = {
    'GET /sessions': () => ({ persistence: pool.persistence(), stats: pool.getStats(), sessions: pool.listSessions() }),
    'GET /ended': async () => ({ ended: pool.listEnded(), plan: await pool.planResume() }),
    'POST /sessions/*/resume': (workspace) => pool.resumeSession(workspace),
    'POST /sessions/*/ask': (workspace, body) => ask(pool, workspace, commandOf(body), answerMs),
    'GET /sessions/*/screen': async (workspace) => ({ screen: await pool.capture(workspace) }),
    'POST /sessions/*/save': (workspace) => pool.saveSessionMetadata(workspace),
    'DELETE /sessions/*': async (workspace) => {
      await pool.deleteSession(workspace)
      return { deleted: workspace }
    },
    'POST /stop': () => stop(),
  }

  return async ({ method, path, body }: Call): Promise<Reply> => {
    const [, top = '', workspace = '', ...rest] = path.split('/')
    const route = routes[`${method} /${[top, ...(workspace ? ['*'] : []), ...rest].join('/')}`]
    if (!route) return { status: 404, body: { error: { message: `there is no ${method} ${path}` } } }
    return { status: 200, body: await route(decodeURIComponent(workspace), body) }
  }
}

function commandOf(body: unknown): string {
  const { command } = (body ?? {}) as { command?: unknown }
  if (typeof command === 'string' && /^[^\n\r]+$/.test(command)) return command
  throw invalidRequest('give { "command": "one line for the shell" }')
}
