import { join } from 'node:path'
import type { StoreCapabilities } from '@sessionkeep/contracts'
import { afterEach, expect, test } from 'vitest'
import { built } from '../../../test/support/built.ts'
import { jsonFileStore } from './programs/json-file-store.mjs'
import { failedIn, runStoreSuite } from './support/run-suite.ts'

const storeProcess = built(join(import.meta.dirname, 'programs', 'store-process.mjs'))
const EXCLUSIVE = { durability: 'process', retains: true, shared: false } as const

afterEach(() => {
  delete process.env.FAULT
  delete process.env.SHARED
})

/** The failed clauses about several processes. Other clauses fail as well, since the store ignores namespaces. */
async function failedAcrossProcesses(fault: string | undefined, capabilities: StoreCapabilities = EXCLUSIVE) {
  if (fault !== undefined) process.env.FAULT = fault
  if (capabilities.shared) process.env.SHARED = 'yes'
  const report = await runStoreSuite('json-file', {
    capabilities,
    create: (place) => jsonFileStore(place, { fault, capabilities }),
    process: storeProcess,
  })
  return failedIn(report).filter((id) => id.startsWith('processes.'))
}

test('a store that renames into place and has a lock passes the clauses about several processes', async () => {
  expect(await failedAcrossProcesses(undefined)).toEqual([])
})

test('processes.kill-during finds a store that writes in place', async () => {
  expect(await failedAcrossProcesses('writes in place')).toEqual(['processes.kill-during'])
})

test('processes.kill-between finds a store that saves only when it is closed', async () => {
  expect(await failedAcrossProcesses('saves at close alone')).toEqual([
    'processes.kill-between',
    'processes.kill-during',
  ])
})

test('processes.locked finds a store without a lock', async () => {
  expect(await failedAcrossProcesses('takes no lock')).toEqual(['processes.locked'])
})

test('processes.shared finds a store that writes back the whole document that it read', async () => {
  expect(await failedAcrossProcesses(undefined, { ...EXCLUSIVE, shared: true })).toEqual(['processes.shared'])
})

test('the clauses about leases find a store that says it takes one, and takes none', async () => {
  const failed = await failedAcrossProcesses('takes no lock', { ...EXCLUSIVE, shared: true, lease: true })
  expect(failed).toEqual(expect.arrayContaining(['processes.lease', 'processes.lease-frozen']))
})
