import { memoryStore, noneStore } from '@sessionkeep/contracts'
import { expect, test } from 'vitest'
import { levelOf } from '../src/frame/level.ts'
import type { ClauseReport, Outcome } from '../src/frame/report.ts'
import { type SuiteReport, storeSuite, toMarkdown } from '../src/index.ts'
import { failedIn, runStoreSuite } from './support/run-suite.ts'
import { soundCauses, soundStore } from './support/sound-store.ts'

const MEMORY = { durability: 'none', retains: true, shared: false } as const
const SOUND = { durability: 'process', retains: true, shared: false } as const

test('the report is plain JSON, and its level is bronze when no cause is given', async () => {
  let reported: SuiteReport | undefined
  const report = await runStoreSuite('memory', {
    capabilities: MEMORY,
    create: () => memoryStore(),
    onReport: (last) => {
      reported = last
    },
  })
  expect(JSON.parse(JSON.stringify(report))).toEqual(report)
  expect(reported).toEqual(report)
  expect(failedIn(report)).toEqual([])
  // Nobody has seen what it does in an outage.
  expect(report.level).toBe('bronze')
  expect(report).toMatchObject({ longestStallMs: expect.any(Number) })
})

test('a store is bronze, whatever else it passed, if the suite could cause no outage', () => {
  const clause = (id: string, outcome: Outcome): ClauseReport => ({ id, title: id, outcome })
  const kills = [clause('records.fields', 'passed'), clause('processes.kill-during', 'passed')]
  expect(levelOf([...kills, clause('failures.outage', 'not tried')])).toBe('bronze')
  expect(levelOf([...kills, clause('failures.unavailable', 'not tried')])).toBe('bronze') // of a host
  expect(levelOf([...kills, clause('failures.outage', 'passed'), clause('failures.hang', 'not tried')])).toBe('silver')
  expect(levelOf([...kills, clause('failures.outage', 'passed'), clause('failures.hang', 'passed')])).toBe('gold')
})

test('the none store passes the suite with its own capabilities', async () => {
  const capabilities = { durability: 'none', retains: false, shared: true } as const
  const report = await runStoreSuite('none', { capabilities, create: () => noneStore() })
  expect(failedIn(report)).toEqual([])
  expect(report.clauses.find(({ id }) => id === 'capabilities.retains-not')?.outcome).toBe('passed')
  expect(report.clauses.find(({ id }) => id === 'capabilities.retains')?.outcome).toBe('not applicable')
})

test('a suite has the level none before its tests have run', () => {
  const suite = storeSuite({ describe: (_, body) => body(), test: () => undefined }, 'memory', {
    capabilities: MEMORY,
    create: () => memoryStore(),
  })
  expect(suite.report().level).toBe('none')
})

test('the table has a row for each clause, with the reason why it failed or was not tried', async () => {
  const create = (place: Parameters<typeof soundStore>[0]) => ({
    ...soundStore(place),
    getMany: () => Promise.reject(new Error('with a | in it')),
  })
  const report = await runStoreSuite('odd', { capabilities: SOUND, create, cause: { outage: soundCauses.outage } })
  const table = toMarkdown(report)
  expect(table).toContain('**odd** (store; durability `process`, retains `true`, shared `false`): level **none**')
  expect(table).toContain('**broken**: with a \\| in it |')
  expect(table).toContain('not tried: needs `cause.hang` |')
  expect(table).toContain('does not apply: because of the declared capabilities |')
  expect(table.split('\n').filter((line) => /^\| (?!clause|---)/.test(line))).toHaveLength(report.clauses.length)
})

test('a clause that does not settle fails after the time-out of the suite, with a message', async () => {
  const create = (place: Parameters<typeof soundStore>[0]) => ({
    ...soundStore(place),
    getMany: () => new Promise<never>(() => undefined),
  })
  const report = await runStoreSuite('hanging', { capabilities: SOUND, create, timeoutMs: 100 })
  expect(report.clauses.find(({ id }) => id === 'records.fields')?.reason).toBe(
    'records.fields did not settle within 100 ms',
  )
})
