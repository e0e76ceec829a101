import { createRequire } from 'node:module'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { contextOf, logged, madeStore, namesOf, openedStore, rejection, signalIn } from '../support/fixture.ts'
import { program } from '../support/prerequisites.ts'
import type { Server } from '../support/server.ts'
import { etcdMembers } from '../support/servers.ts'

interface StatusClient {
  readonly maintenance: { status(): Promise<{ leader: string; header: { member_id: string } }> }
  close(): void
}

async function isLeader({ port }: Server): Promise<boolean> {
  const { Etcd3 } = createRequire(import.meta.url)('etcd3') as { Etcd3: new (options: object) => StatusClient }
  const client = new Etcd3({ hosts: `127.0.0.1:${port}` })
  try {
    const { leader, header } = await client.maintenance.status()
    return leader === header.member_id
  } finally {
    client.close()
  }
}

describe.skipIf(!program.etcd)('three members of etcd (needs etcd-server)', () => {
  let members: Server[] = []
  const owner = 'gateway'
  const optionsOf = (all: readonly Server[]) => ({ uri: `etcd://${all.map(({ port }) => `127.0.0.1:${port}`).join()}` })
  /** The members with the leader first, because the first one is asked first. */
  const leaderFirst = async () => {
    const leads = await Promise.all(members.map(isLeader))
    return [...members].sort((a, b) => Number(leads[members.indexOf(b)]) - Number(leads[members.indexOf(a)]))
  }
  const write = async (store: Awaited<ReturnType<typeof openedStore>>, from: number, to: number) => {
    for (let at = from; at < to; at += 1) await store.setMany(new Map([[`n${at}`, { at }]]), signalIn())
  }

  beforeEach(async () => {
    members = await etcdMembers(3)
    await Promise.all(members.map((member) => member.start()))
  })
  afterEach(async () => {
    for (const member of members) member.thaw()
    await Promise.all(members.map((member) => member.remove()))
  })

  test('with one member down, each store opens and no call fails, whichever member it is', async () => {
    await members[1]?.kill()
    for (const order of [
      [0, 1, 2],
      [1, 2, 0],
      [2, 1, 0],
    ]) {
      const all = order.flatMap((at) => members[at] ?? [])
      const store = await openedStore({ ...optionsOf(all), namespace: order.join('-') }, { owner })
      await write(store, 0, 20)
      expect(await namesOf(store)).toHaveLength(20)
    }
  })

  test('a leader that is killed between and during calls makes no call fail, and the lease is kept', async () => {
    const all = await leaderFirst()
    const store = await openedStore(optionsOf(all), { owner, onLost: ({ message }) => logged.push(message) })
    await write(store, 0, 5)
    const writing = write(store, 5, 30)
    await all[0]?.kill()
    await writing
    expect(await namesOf(store)).toHaveLength(30)
    expect(logged).toEqual([])
    const second = madeStore(optionsOf(all))
    expect(await rejection(second.open?.(contextOf({ owner })))).toMatchObject({ code: 'STORE_LOCKED' })
  })

  test('a leader that is stopped makes no call fail, and what it still has to do is refused when it continues', async () => {
    const all = await leaderFirst()
    const store = await openedStore(optionsOf(all), { owner, onLost: ({ message }) => logged.push(message) })
    await write(store, 0, 5)
    all[0]?.freeze()
    await store.setMany(new Map([['n0', { at: 'first' }]]), signalIn())
    await store.setMany(new Map([['n0', { at: 'last' }]]), signalIn())
    all[0]?.thaw()
    await write(store, 5, 10)
    expect(await store.getMany(['n0'], signalIn())).toEqual(new Map([['n0', { at: 'last' }]]))
    expect(logged).toEqual([])
  })

  test('without a quorum every call fails, and an open store is lost', async () => {
    const store = await openedStore({ ...optionsOf(members), timeoutMs: 1500 }, { owner })
    await members[0]?.kill()
    await members[1]?.kill()
    for (const call of [store.getMany(['a'], signalIn()), store.setMany(new Map([['a', 1]]), signalIn())])
      expect(await rejection(call)).toMatchObject({ code: expect.stringMatching(/UNAVAILABLE|TIMEOUT|CLOSED/) })
  })
})
