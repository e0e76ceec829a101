import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const onPath = (command: string) => (process.env.PATH ?? '').split(':').map((directory) => join(directory, command))

const firstOf = (paths: readonly string[]) => paths.find((path) => existsSync(path))

/** Debian installs the programs of the server outside of the PATH, by version. */
const postgresBin = (program: string) => [
  ...[18, 17, 16, 15, 14, 13].map((version) => `/usr/lib/postgresql/${version}/bin/${program}`),
  ...onPath(program),
]

/** The paths of the servers; undefined skips the tests on that server. */
export const program = {
  redis: firstOf(onPath('redis-server')),
  valkey: firstOf(onPath('valkey-server')),
  postgres: firstOf(postgresBin('postgres')),
  initdb: firstOf(postgresBin('initdb')),
  baseBackup: firstOf(postgresBin('pg_basebackup')),
  pgBouncer: firstOf([...onPath('pgbouncer'), '/usr/sbin/pgbouncer']),
  etcd: firstOf(onPath('etcd')),
}

/**
 * The directory into which `npm run prepare:sqlite -w packages/store-keyv` installs sqlite3, which has to be
 * compiled.
 */
const compiled = fileURLToPath(new URL('../../../../.cache/keyv-sqlite/', import.meta.url))

/** A directory from which sqlite3 can be found. */
export const sqliteHome = [process.cwd(), compiled].find((directory) => {
  try {
    createRequire(join(directory, 'package.json')).resolve('sqlite3')
    return true
  } catch {
    return false
  }
})

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
/** Whether SQLite can be used: with the package, or with the module of Node. */
export const hasSqlite = sqliteHome !== undefined || major > 22 || (major === 22 && minor >= 13)

/** Postgres refuses to run as root; its tests run it as this user and group. */
export const nobody = process.geteuid?.() === 0 ? { uid: 65534, gid: 65534 } : {}
