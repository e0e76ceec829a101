import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { memoryHost } from '@sessionkeep/contracts/testing'
import { createSessionPool } from '@sessionkeep/core'
import { expect, test, vi } from 'vitest'
import { after, recordingLogger } from '../../disk/test/support/fixture.ts'
import { documentIn, freshFile } from './support/fixture.ts'

const PATIENT = { timeout: 20_000, interval: 20 }

async function startedPool(file: string, host = memoryHost()) {
  const logger = recordingLogger()
  const metadata = { store: 'lowdb', stores: { lowdb: { file } }, flushIntervalMs: 20 }
  const pool = createSessionPool({ host, metadata, logger })
  after(() => pool.stop())
  await pool.start()
  return { pool, host, logger }
}

const counted = (file: string) =>
  (documentIn(file).records?.['claude-demo'] as { totalRequests: number } | undefined)?.totalRequests

test('a pool recovers its counts after a restart, with the store name "lowdb"', async () => {
  const file = freshFile()
  const { pool, host } = await startedPool(file)
  await pool.getOrCreateSession('demo')
  for (let request = 0; request < 3; request += 1) await pool.withRequest('demo', async () => undefined)
  await pool.saveSessionMetadata('demo')
  await pool.stop()
  const again = await startedPool(file, host)
  expect(again.pool.getSession('demo')).toMatchObject({ totalRequests: 3, origin: expect.anything() })
})

test('a pool reads and joins a document that another program edited or removed, and saves to it again', async () => {
  const file = freshFile()
  const { pool } = await startedPool(file)
  await pool.getOrCreateSession('demo')
  await pool.withRequest('demo', async () => undefined)
  await pool.saveSessionMetadata('demo')
  const edited = JSON.parse(readFileSync(file, 'utf8'))
  // A record that claims to be of this very run is what the pool itself wrote, so nothing is taken from it
  Object.assign(edited.records['claude-demo'], { totalRequests: 100, run: 'another' })
  edited.note = 'by hand'
  writeFileSync(file, JSON.stringify(edited))
  await pool.withRequest('demo', async () => undefined)
  await vi.waitFor(() => {
    expect(counted(file)).toBeGreaterThan(100)
    expect(pool.getSession('demo')?.totalRequests).toBe(counted(file))
  }, PATIENT)
  expect(documentIn(file).note).toBe('by hand')
  rmSync(file)
  await pool.withRequest('demo', async () => undefined)
  await vi.waitFor(() => expect(counted(file)).toBe(pool.getSession('demo')?.totalRequests), PATIENT)
})

test('a document that was removed while no session changed is written again, without a request', async () => {
  const file = freshFile()
  const { pool } = await startedPool(file)
  await pool.getOrCreateSession('demo')
  await pool.saveSessionMetadata('demo')
  rmSync(file)
  await vi.waitFor(() => expect(counted(file)).toBe(0), PATIENT)
  await vi.waitFor(() => expect(pool.persistence()).toMatchObject({ effective: { reason: 'ok' }, saved: 1 }), PATIENT)
})
