import type { SessionHost } from '@sessionkeep/contracts/host'

/** Wraps the host, so that it lists sessions that are stamped with, or made for, a former id of the pool under the present id. */
export function withFormerStamps(host: SessionHost, formerly: readonly string[], owner: string): SessionHost {
  if (formerly.length === 0) return host
  const former = new Set(formerly)
  const renamed = (pool: string | undefined) => (pool !== undefined && former.has(pool) ? owner : pool)
  const list: SessionHost['list'] = async () => {
    const rows = await host.list()
    return rows.map((row) => ({ ...row, pool: renamed(row.pool), madeFor: renamed(row.madeFor) }))
  }
  return new Proxy(host, {
    get: (target, key, receiver) => (key === 'list' ? list : Reflect.get(target, key, receiver)),
  })
}
