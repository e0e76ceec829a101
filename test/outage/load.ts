import type { SessionPool } from '@sessionkeep/core'

export interface Load {
  /** Requests begun, by workspace. */
  readonly counted: ReadonlyMap<string, number>
  /** From when a request was due to when it was done, ms, in ascending order: what held up the loop counts too. */
  readonly latencies: Float64Array
  /** What requests failed with. */
  readonly failures: readonly unknown[]
}

/** Serves so many requests a second over these workspaces, evenly, for so long. */
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
