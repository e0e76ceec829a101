import { once } from 'node:events'
import { chmodSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { freePort } from '../../../../test/support/free-port.ts'
import { client } from './clients.ts'
import { program } from './prerequisites.ts'
import { runAs, type Server, serverOf } from './server.ts'

/** The password of every server. It must never be in any output of the store. */
export const SECRET = 's3cret/p@ss:word%'
export const LOGIN = encodeURIComponent(SECRET)

export const redisServer = (...settings: readonly string[]): Promise<Server> => redisLike(program.redis, settings)

/** Valkey is a fork of Redis, and has its options. */
export const valkeyServer = (...settings: readonly string[]): Promise<Server> => redisLike(program.valkey, settings)

const redisLike = (command: string | undefined, settings: readonly string[]): Promise<Server> =>
  serverOf({
    argv: (directory, port) => [
      ...[command ?? '', '--port', `${port}`, '--bind', '127.0.0.1', '--dir', directory],
      ...['--save', '', '--requirepass', SECRET, ...settings],
    ],
    probe: async (port) => (await client.redis(redisUri(port))).end(),
  })

export const redisUri = (port: number, login = LOGIN) => `redis://:${login}@127.0.0.1:${port}`

const postgresOf = (prepare: (directory: string) => void, settings: readonly string[]): Promise<Server> =>
  serverOf({
    argv: (directory, port) => [
      ...[program.postgres ?? '', '-D', directory, '-p', `${port}`, '-k', '', '-h', '127.0.0.1'],
      ...settings,
    ],
    prepare,
    probe: async (port) => (await client.postgres(postgresUri(port))).end(),
  })

/** A hot standby of a primary that runs. */
export const postgresStandby = (primary: Server): Promise<Server> =>
  postgresOf((directory) => {
    chmodSync(directory, 0o700)
    const source = ['-d', postgresUri(primary.port), '-R', '-X', 'stream', '-c', 'fast', '--no-sync']
    runAs(program.baseBackup ?? '', '-D', directory, ...source)
  }, [])

/** PgBouncer in front of a server, with one connection for each transaction. */
export const pgBouncer = (behind: Server): Promise<Server> =>
  serverOf({
    argv(directory, port) {
      const file = `${directory}.ini`
      const database = `* = host=127.0.0.1 port=${behind.port} user=keeper password='${SECRET}'`
      const settings = ['listen_addr = 127.0.0.1', `listen_port = ${port}`, 'auth_type = any', 'unix_socket_dir =']
      const lines = ['[databases]', database, '[pgbouncer]', ...settings, 'pool_mode = transaction']
      writeFileSync(file, lines.join('\n'), { mode: 0o644 })
      return [program.pgBouncer ?? '', file]
    },
    probe: async (port) => (await client.postgres(postgresUri(port))).end(),
  })

export const postgresServer = (...settings: readonly string[]): Promise<Server> =>
  postgresOf((directory) => {
    const password = `${directory}.password`
    writeFileSync(password, SECRET, { mode: 0o644 })
    runAs(
      program.initdb ?? '',
      ...['-D', directory, '-U', 'keeper', '-A', 'scram-sha-256', `--pwfile=${password}`, '-E', 'UTF8', '--no-sync'],
    )
  }, settings)

export const postgresUri = (port: number, login = LOGIN, user = 'keeper') =>
  `postgres://${user}:${login}@127.0.0.1:${port}/postgres`

/** The members of one etcd cluster. They have to be started at once, because one alone does not answer. */
export const etcdMembers = async (count: number, settings: readonly string[] = []): Promise<Server[]> => {
  const peers = await Promise.all(
    Array.from({ length: count }, async (_, index) => ({
      name: `m${index}`,
      peer: `http://127.0.0.1:${await freePort()}`,
    })),
  )
  const cluster = peers.map(({ name, peer }) => `${name}=${peer}`).join(',')
  return await Promise.all(
    peers.map(({ name, peer }) =>
      serverOf({
        argv: (directory, port) => [
          ...[program.etcd ?? '', '--name', name, '--data-dir', join(directory, 'etcd'), '--log-level', 'error'],
          ...['--listen-client-urls', `http://127.0.0.1:${port}`],
          ...['--advertise-client-urls', `http://127.0.0.1:${port}`],
          ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer, '--initial-cluster', cluster],
          ...settings,
        ],
        probe: async (port) => (await client.etcd(etcdUri(port))).end(),
      }),
    ),
  )
}

/** An etcd that speaks TLS alone and wants a certificate of its clients; `path` finds the files of the certificates. */
export const etcdWithTls = async (path: (file: string) => string): Promise<Server> => {
  const peer = `http://127.0.0.1:${await freePort()}`
  return await serverOf({
    argv: (directory, port) => [
      ...[program.etcd ?? '', '--data-dir', join(directory, 'etcd'), '--log-level', 'error', '--client-cert-auth'],
      ...['--cert-file', path('server.pem'), '--key-file', path('server.key'), '--trusted-ca-file', path('ca.pem')],
      ...['--listen-client-urls', `https://127.0.0.1:${port}`, '--advertise-client-urls', `https://127.0.0.1:${port}`],
      ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer, '--initial-cluster', `default=${peer}`],
    ],
    async probe(port) {
      const socket = connect(port, '127.0.0.1')
      await once(socket, 'connect')
      socket.destroy()
    },
  })
}

export const etcdServer = async (...settings: readonly string[]): Promise<Server> => {
  const [server] = await etcdMembers(1, settings)
  if (!server) throw new Error('no member')
  return server
}

export const etcdUri = (port: number) => `etcd://127.0.0.1:${port}`
