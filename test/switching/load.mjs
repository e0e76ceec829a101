import { performance } from 'node:perf_hooks'

/**
 * Requests at an even rate, as a gateway makes them: the session is asked for, and a request of it is tracked. Each one's
 * latency counts from the moment it was due, so that one which had to wait for its turn is not taken for a quick one.
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
    /** The latencies since the last time, ms. */
    takeLatencies() {
      const taken = latencies
      latencies = []
      return taken
    },
    /** Sends no more, and waits for what is under way. */
    async stop() {
      clearTimeout(timer)
      await Promise.all(underWay)
    },
  }
}
