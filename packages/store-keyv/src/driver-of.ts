import { type AdapterPackage, importAdapter } from './adapters.ts'
import type { Driver } from './engine.ts'
import { etcdDriver } from './engines/etcd.ts'
import { instanceDriver } from './engines/instance.ts'
import { postgresDriver } from './engines/postgres.ts'
import { redisDriver } from './engines/redis.ts'
import { sqliteDriver } from './engines/sqlite.ts'
import type { Place } from './errors.ts'
import type { KeyvStoreOptions } from './options.ts'
import { parseTarget, type Target } from './target.ts'

const ADAPTERS: Readonly<Record<Target['engine'], AdapterPackage>> = {
  redis: '@keyv/redis',
  postgres: '@keyv/postgres',
  sqlite: '@keyv/sqlite',
  etcd: '@keyv/etcd',
}

/** What checked options lead to. */
export function driverOf(options: KeyvStoreOptions, timeoutMs: number): { driver: Driver; place: Place } {
  const { keyv, adapter = keyv?.store, table = 'keyv', shared = false, durability = 'none' } = options
  if (adapter) {
    const own = keyv?.namespace && keyv.useKeyPrefix !== false ? `${keyv.namespace}:` : ''
    return { driver: instanceDriver(adapter, own, { shared, durability }), place: { server: 'Keyv', secrets: [] } }
  }
  const target = parseTarget(options.uri ?? process.env.SESSIONKEEP_KEYV_URI ?? '')
  if (typeof target === 'string') throw new TypeError(`keyvStore(): uri: ${target}`)
  // Its module is large: read now, it does not keep requests waiting when the store is opened under load.
  void importAdapter(ADAPTERS[target.engine]).catch(() => undefined)
  return { driver: driverFor(target, table, timeoutMs), place: target }
}

function driverFor(target: Target, table: string, timeoutMs: number): Driver {
  switch (target.engine) {
    case 'redis':
      return redisDriver(target, timeoutMs)
    case 'postgres':
      return postgresDriver(target, table, timeoutMs)
    case 'sqlite':
      return sqliteDriver(target, table, timeoutMs)
    case 'etcd':
      return etcdDriver(target, timeoutMs)
  }
}
