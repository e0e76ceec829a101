import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../../../test/support/free-port.ts'
import { client } from './clients.ts'
import { program } from './prerequisites.ts'
import { nobodyOwns, type Server, serverOf } from './server.ts'

const plainUri = (port: number) => `redis://127.0.0.1:${port}`

/** Sends one command to a server. */
export async function ask(port: number, command: string, ...args: readonly string[]): Promise<unknown> {
  const raw = await client.redis(plainUri(port), ['PING'])
  try {
    return await raw.send(command, ...args)
  } finally {
    await raw.end()
  }
}

/** A Redis without a password. */
export const plainRedis = (...settings: readonly string[]): Promise<Server> =>
  serverOf({
    argv: (directory, port) => [
      ...[program.redis ?? '', '--port', `${port}`, '--bind', '127.0.0.1', '--dir', directory, '--save', ''],
      ...['--repl-diskless-sync-delay', '0', ...settings],
    ],
    probe: async (port) => (await client.redis(plainUri(port), ['PING'])).end(),
  })

/** Asks until the answer fits, or rejects after 30 s. */
export async function untilAnswer(fits: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 30_000
  while (!(await fits().catch(() => false))) {
    if (Date.now() > end) throw new Error('the servers did not get ready')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** A master, its replica, and three sentinels that watch them under the name `main`. */
export async function sentinelSetup() {
  const master = await plainRedis()
  await master.start()
  const replica = await plainRedis('--replicaof', `127.0.0.1 ${master.port}`)
  await replica.start()
  const sentinels = await Promise.all([1, 2, 3].map(() => sentinelOf(master.port)))
  await Promise.all(sentinels.map((each) => each.start()))
  await untilAnswer(async () => String(await ask(replica.port, 'INFO', 'replication')).includes('link_status:up'))
  await untilAnswer(async () => {
    const known = await Promise.all(sentinels.map(({ port }) => ask(port, 'INFO', 'sentinel')))
    return known.every((text) => /slaves=1,sentinels=3/.test(String(text)))
  })
  return {
    uri: `redis+sentinel://${sentinels.map(({ port }) => `127.0.0.1:${port}`).join(',')}/main`,
    ...{ master, replica, sentinels },
    failover: () => ask(sentinels[0]?.port ?? 0, 'SENTINEL', 'FAILOVER', 'main'),
    remove: () => Promise.all([...sentinels, replica, master].map((each) => each.remove())),
  }
}

const sentinelOf = (master: number): Promise<Server> =>
  serverOf({
    argv: (directory, port) => [
      program.redis ?? '',
      join(directory, 'sentinel.conf'),
      '--sentinel',
      '--port',
      `${port}`,
    ],
    prepare(directory) {
      const lines = [
        `sentinel monitor main 127.0.0.1 ${master} 2`,
        'sentinel down-after-milliseconds main 1000',
        'sentinel failover-timeout main 3000',
      ]
      writeFileSync(join(directory, 'sentinel.conf'), `bind 127.0.0.1\n${lines.join('\n')}\n`)
      nobodyOwns(join(directory, 'sentinel.conf'))
    },
    probe: async (port) => (await client.redis(plainUri(port), ['PING'])).end(),
  })

/** A cluster of three masters, each with a replica. */
export async function clusterSetup() {
  const nodes: Server[] = []
  for (let at = 0; at < 6; at += 1) {
    const bus = ['--cluster-port', String(await freePort()), '--cluster-node-timeout', '1500']
    nodes.push(await plainRedis('--cluster-enabled', 'yes', '--cluster-config-file', 'nodes.conf', ...bus))
  }
  await Promise.all(nodes.map((node) => node.start()))
  const places = nodes.map(({ port }) => `127.0.0.1:${port}`)
  const cli = (...args: readonly string[]) => {
    const { status, stdout, stderr } = spawnSync('redis-cli', args, { encoding: 'utf8' })
    if (status !== 0) throw new Error(`redis-cli ${args.join(' ')}: ${stdout}${stderr}`)
  }
  cli('--cluster', 'create', ...places, '--cluster-replicas', '1', '--cluster-yes')
  await untilAnswer(async () => {
    const infos = await Promise.all(nodes.map(({ port }) => ask(port, 'CLUSTER', 'INFO')))
    return infos.every((info) => /cluster_state:ok/.test(String(info)))
  })
  await untilAnswer(async () => {
    const infos = await Promise.all(nodes.slice(3).map(({ port }) => ask(port, 'INFO', 'replication')))
    return infos.every((info) => /link_status:up/.test(String(info)))
  })
  const portOf = async (port: number, key: string) => {
    const slot = Number(await ask(port, 'CLUSTER', 'KEYSLOT', key))
    const ranges = (await ask(port, 'CLUSTER', 'SLOTS')) as Array<[number, number, [string, number, string]]>
    const [, , [, owner, id]] = ranges.find(([from, to]) => from <= slot && slot <= to) ?? [0, 0, ['', 0, '']]
    return { slot, port: owner, id }
  }
  return {
    nodes,
    uri: `redis+cluster://${places.slice(0, 2).join(',')}`,
    /** The node that has a key now, asked of a node that runs. */
    portOf,
    /** Moves the slot of a key to another master, as a resharding does. */
    async moveSlot(key: string) {
      const [first] = nodes
      const from = await portOf(first?.port ?? 0, key)
      const masters = (await ask(from.port, 'CLUSTER', 'SLOTS')) as Array<[number, number, [string, number, string]]>
      const to = masters.map(([, , node]) => node).find(([, port]) => port !== from.port)
      if (!to) throw new Error('no other master')
      const [, toPort, toId] = to
      const slot = String(from.slot)
      await ask(toPort, 'CLUSTER', 'SETSLOT', slot, 'IMPORTING', from.id)
      await ask(from.port, 'CLUSTER', 'SETSLOT', slot, 'MIGRATING', toId)
      const keys = (await ask(from.port, 'CLUSTER', 'GETKEYSINSLOT', slot, '1000')) as string[]
      if (keys.length > 0) {
        await ask(from.port, 'MIGRATE', '127.0.0.1', String(toPort), '', '0', '5000', 'REPLACE', 'KEYS', ...keys)
      }
      for (const port of [toPort, from.port]) await ask(port, 'CLUSTER', 'SETSLOT', slot, 'NODE', toId)
    },
    remove: () => Promise.all(nodes.map((node) => node.remove())),
  }
}

/** Certificates of an authority of the test: for a server on 127.0.0.1, and for a client. */
export function certificates() {
  const directory = mkdtempSync(join(tmpdir(), 'keyv-tls-'))
  const run = (...args: readonly string[]) => {
    const { status, stderr } = spawnSync('openssl', args, { cwd: directory, encoding: 'utf8' })
    if (status !== 0) throw new Error(stderr)
  }
  const request = ['req', '-newkey', 'rsa:2048', '-nodes']
  run(...request, '-x509', '-days', '2', '-subj', '/CN=authority', '-keyout', 'ca.key', '-out', 'ca.pem')
  for (const name of ['server', 'client']) {
    run(...request, '-subj', `/CN=${name}`, '-keyout', `${name}.key`, '-out', `${name}.csr`)
    writeFileSync(join(directory, 'names'), 'subjectAltName=IP:127.0.0.1')
    const sign = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', 'names']
    run('x509', '-req', '-in', `${name}.csr`, ...sign, '-out', `${name}.pem`)
  }
  for (const file of ['', 'ca.pem', 'server.pem', 'server.key']) nobodyOwns(join(directory, file))
  return { path: (file: string) => join(directory, file), remove: () => rmSync(directory, { recursive: true }) }
}
