import { expect, test } from 'vitest'
import { memoryHost, memoryStore } from '../../src/index.ts'
import { fill, heldStore, record } from '../support/held-store.ts'
import { makePool } from '../support/pools.ts'

const schema = (
  validate: (value: unknown) => { value: Record<string, unknown> } | { issues: { message: string }[] },
) => ({
  '~standard': { version: 1 as const, vendor: 'test', validate },
})

test('attributes that the schema refuses are not kept', async () => {
  const held = heldStore()
  const attributes = schema((value) =>
    typeof (value as { n?: unknown }).n === 'number'
      ? { value: value as Record<string, unknown> }
      : { issues: [{ message: 'n is to be a number' }] },
  )
  const { pool } = makePool({ host: memoryHost(), metadata: { store: held.store }, attributes })
  await pool.start()
  await pool.getOrCreateSession('a')
  expect(() => pool.setAttributes('a', { n: 'x' })).toThrow(expect.objectContaining({ code: 'INVALID_ATTRIBUTES' }))
  pool.trackRequestStart('a')
  await pool.saveSessionMetadata('a')
  expect((await held.stored()).get('claude-a')).toMatchObject({ totalRequests: 1 })
  expect((await held.stored()).get('claude-a')?.attributes).toBeUndefined()
})

test('a schema that throws on a record hides neither that record nor the others', async () => {
  const host = memoryHost()
  const store = memoryStore()
  const workspaces = ['a', 'b', 'c']
  for (const workspace of workspaces)
    await host.create(`claude-${workspace}`, { workspace, pool: 'claude-', createdAt: 1000 })
  await fill(
    store,
    workspaces.map((workspace) => record(`claude-${workspace}`, { attributes: { bad: 1 } })),
  )
  const attributes = schema(() => {
    throw new Error('a mistake in the schema')
  })
  const { pool } = makePool({ host, metadata: { store, maxRetryMs: 5000 }, attributes })
  await pool.start()
  expect(pool.listSessions()).toMatchObject(workspaces.map(() => ({ totalRequests: 42 })))
})
