import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { afterAll, describe, expect, test } from 'vitest'
import { client } from './support/clients.ts'
import { contextOf, madeStore, namesOf, openedStore, rejection, signalIn } from './support/fixture.ts'
import { program } from './support/prerequisites.ts'
import { etcdServer, etcdUri, postgresServer, postgresUri, redisServer, redisUri } from './support/servers.ts'

const page = readFileSync(new URL('../../../docs/secure.md', import.meta.url), 'utf8')
/** The lines of the one block of this language on the page about security. */
const linesOf = (language: string): string[] => {
  const block = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'ms').exec(page)?.[1] ?? ''
  return block.split('\n').filter((line) => line !== '')
}
const has = (name: string) => spawnSync(name, ['version']).status === 0
const owner = 'gateway'
const ends: Array<() => Promise<void>> = []
afterAll(async () => {
  await Promise.all(ends.map((end) => end()))
})

/** Uses every method as the gateway, reads as the viewer, and lets the viewer try to write. */
async function expectEnough(as: (user: string, password: string) => { uri: string }): Promise<void> {
  const store = await openedStore(as('gateway', 'a-long-password'), { owner })
  await store.setMany(
    new Map([
      ['a', { n: 1 }],
      ['b', { n: 2 }],
      ['c', { n: 3 }],
    ]),
    signalIn(),
  )
  await store.setAside?.(['a'], signalIn())
  await store.deleteMany(['b'], signalIn())
  const viewer = as('viewer', 'another-password')
  const reader = await openedStore(viewer, { readOnly: true })
  expect(await namesOf(reader)).toEqual(['c'])
  expect(await reader.getMany(['c'], signalIn())).toEqual(new Map([['c', { n: 3 }]]))
  expect(await rejection(madeStore(viewer).open?.(contextOf({ owner })))).toMatchObject({ code: 'STORE_MISCONFIGURED' })
}

describe('the rights on the page about security are enough, and those of a viewer do not let it write', () => {
  test.skipIf(!program.redis)('Redis (needs redis-server)', async () => {
    const server = await redisServer()
    ends.push(server.remove)
    await server.start()
    const raw = await client.redis(redisUri(server.port))
    const lines = linesOf('redis')
    expect(lines).toHaveLength(2)
    for (const line of lines) {
      const [command = '', ...args] = line.split(' ')
      await raw.send(command, ...args)
    }
    await expectEnough((user, password) => ({ uri: `redis://${user}:${password}@127.0.0.1:${server.port}` }))
    const other = { uri: `redis://gateway:a-long-password@127.0.0.1:${server.port}`, namespace: 'other' }
    expect(await rejection(madeStore(other).open?.(contextOf({ owner })))).toMatchObject({
      code: 'STORE_MISCONFIGURED',
    })
    await raw.end()
  })

  test.skipIf(!program.postgres)('Postgres (needs postgresql)', async () => {
    const server = await postgresServer('-c', 'fsync=off')
    ends.push(server.remove)
    await server.start()
    const raw = await client.postgres(postgresUri(server.port))
    await raw.send('REVOKE ALL ON SCHEMA public FROM PUBLIC')
    await raw.send('GRANT USAGE ON SCHEMA public TO PUBLIC')
    for (const line of linesOf('sql')) await raw.send(line)
    await expectEnough((user, password) => ({
      uri: `postgres://${user}:${password}@127.0.0.1:${server.port}/postgres`,
    }))
    await raw.end()
  })

  test.skipIf(!program.etcd || !has('etcdctl'))('etcd (needs etcd and etcdctl)', async () => {
    const server = await etcdServer()
    ends.push(server.remove)
    await server.start()
    const run = (line: string) => {
      const [command = '', ...words] = line.split(' ')
      const { status, stderr } = spawnSync(command, ['--endpoints', `127.0.0.1:${server.port}`, ...words], {
        encoding: 'utf8',
        env: { ...process.env, ETCDCTL_API: '3' },
      })
      expect(`${line}: ${status} ${stderr}`).toBe(`${line}: 0 `)
    }
    for (const line of [...linesOf('etcdctl'), 'etcdctl user add root:root', 'etcdctl user grant-role root root'])
      run(line)
    run('etcdctl auth enable')
    await expectEnough((user, password) => ({ uri: etcdUri(server.port).replace('//', `//${user}:${password}@`) }))
  })
})
