import { expect, test } from 'vitest'
import { memoryStore } from '../../src/index.ts'
import { memoryHost } from '../../src/testing.ts'
import { fill, record } from '../support/held-store.ts'
import { makePool } from '../support/pools.ts'
import { quick } from '../support/resume-setting.ts'
import { clock, until } from '../support/time.ts'

const LOST = { incarnation: 'i1', ended: { at: 1, cause: 'server' }, place: { command: 'forged', cwd: '/' } } as const

/** A pool on a store in which somebody has put the record of a session that was lost with its server. */
async function poolOn(shared: boolean, launch?: () => { command: string }) {
  const inner = memoryStore()
  await fill(inner, [record('claude-a', { ...LOST, workspace: 'a' })])
  const host = memoryHost({ clock })
  const store = { ...inner, capabilities: { ...inner.capabilities, shared } }
  const resume = { when: 'start', maxAgeMs: Number.MAX_SAFE_INTEGER, ...quick } as const
  const { pool } = makePool({ host, metadata: { store }, resume, ...(launch && { launch }) })
  await pool.start()
  return { host, pool }
}

test('a command that a shared store has is shown and not started, since others can write to that store', async () => {
  const { host, pool } = await poolOn(true)
  expect(await pool.planResume()).toMatchObject({ resume: [], blocked: [{ workspace: 'a', why: 'command' }] })
  for (const start of [() => pool.resumeSession('a'), () => pool.getOrCreateSession('a')])
    await expect(start()).rejects.toMatchObject({ code: 'NOT_RESUMABLE', context: { why: 'command' } })
  expect(await host.list()).toEqual([])
  expect(pool.listEnded()).toMatchObject([{ place: { command: 'forged', withheld: true } }])
})

test('a session whose record is in a shared store comes back with the command that launch returns', async () => {
  const { pool } = await poolOn(true, () => ({ command: 'agent' }))
  await until(() => expect(pool.listSessions()).toMatchObject([{ workspace: 'a', generation: 2 }]))
})

test('a command that only this machine can have written is started again', async () => {
  const { pool } = await poolOn(false)
  await until(() => expect(pool.listSessions()).toMatchObject([{ workspace: 'a', place: { command: 'forged' } }]))
})
