import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { client } from './clients.ts'
import { program } from './prerequisites.ts'
import { freePort, runAs, type Server, serverOf } from './server.ts'

/** The password of every server. It must never be in any output of the store. */
export const SECRET = 's3cret/p@ss:word%'
export const LOGIN = encodeURIComponent(SECRET)

export const redisServer = (...settings: readonly string[]): Promise<Server> =>
  serverOf({
    argv: (directory, port) => [
      ...[program.redis ?? '', '--port', `${port}`, '--bind', '127.0.0.1', '--dir', directory],
      ...['--save', '', '--requirepass', SECRET, ...settings],
    ],
    probe: async (port) => (await client.redis(redisUri(port))).end(),
  })

export const redisUri = (port: number, login = LOGIN) => `redis://:${login}@127.0.0.1:${port}`

export const postgresServer = (...settings: readonly string[]): Promise<Server> =>
  serverOf({
    argv: (directory, port) => [
      ...[program.postgres ?? '', '-D', directory, '-p', `${port}`, '-k', '', '-h', '127.0.0.1'],
      ...settings,
    ],
    prepare(directory) {
      const password = `${directory}.password`
      writeFileSync(password, SECRET, { mode: 0o644 })
      runAs(
        program.initdb ?? '',
        ...['-D', directory, '-U', 'keeper', '-A', 'scram-sha-256', `--pwfile=${password}`, '-E', 'UTF8', '--no-sync'],
      )
    },
    probe: async (port) => (await client.postgres(postgresUri(port))).end(),
  })

export const postgresUri = (port: number, login = LOGIN, user = 'keeper') =>
  `postgres://${user}:${login}@127.0.0.1:${port}/postgres`

/** The members of one etcd cluster. They have to be started at once, because one alone does not answer. */
export const etcdMembers = async (count: number): Promise<Server[]> => {
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
        ],
        probe: async (port) => (await client.etcd(etcdUri(port))).end(),
      }),
    ),
  )
}

export const etcdServer = async (): Promise<Server> => {
  const [server] = await etcdMembers(1)
  if (!server) throw new Error('no member')
  return server
}

export const etcdUri = (port: number) => `etcd://127.0.0.1:${port}`
