import type { SessionPool } from '@sessionkeep/core'

export interface Load {
  /** The number of requests by workspace. */
  readonly counted: ReadonlyMap<string, number>
  /** Times from when a request was due to its end, in ms, ascending. They include the time that the event loop was blocked. */
  readonly latencies: Float64Array
  /** The errors of failed requests. */
  readonly failures: readonly unknown[]
}

/** Makes `perSecond` requests a second at an even rate, spread over the workspaces. */
export async function serve(
  pool: SessionPool,
  workspaces: readonly string[],
  { perSecond, seconds }: { perSecond: number; seconds: number },
): Promise<Load> {
  const total = Math.round(perSecond * seconds)
  const counted = new Map<string, number>()
  const latencies = new Float64Array(total)
  const failures: unknown[] = []
  const underWay: Array<Promise<void>> = []
  const began = performance.now()

  const request = async (index: number) => {
    const due = began + (index * 1000) / perSecond
    const workspace = workspaces[index % workspaces.length] ?? ''
    try {
      const view = await pool.getOrCreateSession(workspace)
      counted.set(workspace, (counted.get(workspace) ?? 0) + 1)
      await pool.withRequest(workspace, () => pool.getSession(view.workspace))
      if (index % 100 === 0) pool.listSessions()
      if (index % 10 === 0) pool.getStats()
    } catch (error) {
      failures.push(error)
    }
    latencies[index] = performance.now() - due
  }
  for (let next = 0; next < total; ) {
    const dueNow = Math.min(total, Math.ceil(((performance.now() - began) * perSecond) / 1000))
    for (; next < dueNow; next += 1) underWay.push(request(next))
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  await Promise.all(underWay)
  return { counted, latencies: latencies.sort(), failures }
}
