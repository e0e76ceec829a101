import { expect, test, vi } from 'vitest'
import type { EtcdClient, Members } from '../src/engines/etcd-members.ts'
import { operations } from '../src/engines/etcd-operations.ts'
import { openedStore, rejection, signalIn } from './support/fixture.ts'

function gate() {
  let open: () => void = () => undefined
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { open, opened }
}

test('a batch that was given up sends nothing more, so that no old record overwrites a newer one', async () => {
  const { open, opened } = gate()
  const stored = new Map<string, string>()
  const batches: string[][] = []
  const adapter = {
    get: (key: string) => stored.get(key),
    set: (key: string, value: string) => stored.set(key, value),
    delete: (key: string) => stored.delete(key),
    keys: () => stored.keys(),
    async setMany(entries: Array<{ key: string; value: string }>) {
      batches.push(entries.map(({ key }) => key))
      if (entries.length > 1) await opened
      if (entries.some(({ key }) => key.endsWith('poison'))) throw new Error('request is too large')
      for (const { key, value } of entries) stored.set(key, value)
    },
  }
  const store = await openedStore({ adapter, timeoutMs: 50 })
  batches.length = 0
  const old = new Map(['a', 'b', 'poison'].map((name) => [name, 'old']))
  expect(await rejection(store.setMany(old, signalIn()))).toMatchObject({ code: 'STORE_TIMEOUT' })
  open()
  await store.setMany(new Map([['a', 'new']]), signalIn())
  await vi.waitFor(() => expect(stored.size).toBeGreaterThan(0))
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(await store.getMany(['a'], signalIn())).toEqual(new Map([['a', 'new']]))
  expect(batches.map((keys) => keys.length)).toEqual([3, 1])
})

test.each(['get', 'set'])(
  'a batch of several transactions of etcd (%s) that was given up sends no further one',
  async (verb) => {
    const { open, opened } = gate()
    const sent: number[] = []
    const client = {
      kv: {
        async txn({ success }: { success: readonly object[] }) {
          sent.push(success.length)
          await opened
          return { succeeded: true, header: { revision: '1' }, responses: [] }
        },
      },
    } as unknown as EtcdClient
    const members: Members = { call: (request) => request(client), close: () => undefined }
    const { get, set } = operations(members, undefined)
    const texts = new Map(Array.from({ length: 300 }, (_, at) => [`n${at}`, '{}']))
    const caller = new AbortController()
    const call = verb === 'set' ? set(texts, caller.signal) : get([...texts.keys()], caller.signal)
    await vi.waitFor(() => expect(sent).toEqual([128]))
    caller.abort(new Error('given up'))
    open()
    await expect(call).rejects.toThrow('given up')
    expect(sent).toEqual([128])
  },
)
