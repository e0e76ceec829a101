import type { SessionHost } from '@sessionkeep/contracts/host'

/** The host, with sessions that are stamped with a former id of the pool listed as stamped with its id. */
export function withFormerStamps(host: SessionHost, formerly: readonly string[], owner: string): SessionHost {
  if (formerly.length === 0) return host
  const former = new Set(formerly)
  const list: SessionHost['list'] = async () => {
    const rows = await host.list()
    return rows.map((row) => (row.pool !== undefined && former.has(row.pool) ? { ...row, pool: owner } : row))
  }
  return new Proxy(host, {
    get: (target, key, receiver) => (key === 'list' ? list : Reflect.get(target, key, receiver)),
  })
}
