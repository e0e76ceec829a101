import { type AdapterPackage, importAdapter } from './adapters.ts'
import type { Driver } from './engine.ts'
import { etcdDriver } from './engines/etcd.ts'
import { instanceDriver } from './engines/instance.ts'
import { postgresDriver } from './engines/postgres.ts'
import { redisDriver } from './engines/redis.ts'
import { sqliteDriver } from './engines/sqlite.ts'
import type { Backend } from './errors.ts'
import type { KeyvStoreOptions } from './options.ts'
import { parseTarget, type Target } from './target.ts'
import { readTls } from './tls.ts'

const ADAPTERS: Readonly<Record<Target['engine'], AdapterPackage>> = {
  redis: '@redis/client',
  postgres: 'pg',
  sqlite: 'sqlite3',
  etcd: 'etcd3',
}

/** Selects the driver for checked options. */
export function driverOf(options: KeyvStoreOptions, timeoutMs: number): { driver: Driver; backend: Backend } {
  const { keyv, adapter = keyv?.store, table = 'keyv', shared = false, durability = 'none' } = options
  if (adapter) {
    const own = keyv?.namespace && keyv.useKeyPrefix !== false ? `${keyv.namespace}:` : ''
    return { driver: instanceDriver(adapter, own, { shared, durability }), backend: { server: 'Keyv', secrets: [] } }
  }
  const target = parseTarget(options.uri ?? process.env.SESSIONKEEP_KEYV_URI ?? '')
  if (typeof target === 'string') throw new TypeError(`keyvStore(): uri: ${target}`)
  // The module is large. It is loaded now, so that it does not delay requests when the store is opened under load.
  void importAdapter(ADAPTERS[target.engine]).catch(() => undefined)
  const { tlsKey, sentinelPassword } = options
  const secrets = [tlsKey, sentinelPassword].filter((secret) => secret !== undefined)
  const backend = { server: target.server, secrets: [...target.secrets, ...secrets] }
  return { driver: driverFor(target, { ...options, table }, timeoutMs), backend }
}

function driverFor(target: Target, options: KeyvStoreOptions & { readonly table: string }, timeoutMs: number): Driver {
  const { table, schema = 'public', sentinelPassword } = options
  const tls = () => readTls(options)
  switch (target.engine) {
    case 'redis':
      return redisDriver(target, { timeoutMs, tls, sentinelPassword })
    case 'postgres':
      return postgresDriver(target, { schema, table, timeoutMs, tls })
    case 'sqlite':
      return sqliteDriver(target, table, timeoutMs)
    case 'etcd':
      return etcdDriver(target, { timeoutMs, tls })
  }
}
