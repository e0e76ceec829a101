import { performance } from 'node:perf_hooks'

/**
 * Makes requests at an even rate, as a gateway does: it gets the session and tracks a request. A latency counts from the
 * moment at which the request was due, so that waiting is included.
 */
export function startLoad(pool, workspaces, perSecond) {
  const startedAt = performance.now()
  const counted = new Map(workspaces.map((workspace) => [workspace, 0]))
  const failures = []
  const underWay = new Set()
  let latencies = []
  let sent = 0
  let timer

  const request = async (workspace, dueAt) => {
    try {
      await pool.getOrCreateSession(workspace)
      await pool.withRequest(workspace, () => undefined)
      counted.set(workspace, counted.get(workspace) + 1)
      latencies.push(performance.now() - dueAt)
    } catch (error) {
      failures.push(error)
    }
  }
  const tick = () => {
    const due = ((performance.now() - startedAt) * perSecond) / 1000
    for (; sent < due; sent += 1) {
      const running = request(workspaces[sent % workspaces.length], startedAt + (sent * 1000) / perSecond)
      underWay.add(running)
      void running.then(() => underWay.delete(running))
    }
    timer = setTimeout(tick, 1)
  }
  tick()

  return {
    counted,
    failures,
    /** The latencies since the last call, in ms. */
    takeLatencies() {
      const taken = latencies
      latencies = []
      return taken
    },
    /** Stops sending, and waits for the requests under way. */
    async stop() {
      clearTimeout(timer)
      await Promise.all(underWay)
    },
  }
}
