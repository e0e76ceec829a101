import { expect, test } from 'vitest'
import { memoryHost } from '../../../src/testing.ts'
import { makePool } from '../../support/pools.ts'
import { clock } from '../../support/time.ts'

async function poolWithOne() {
  const host = memoryHost({ clock })
  const { pool } = makePool({ host, metadata: { store: 'memory' } })
  await pool.getOrCreateSession('a')
  return { host, pool }
}
const CONFIRM = { submit: true, confirm: true } as const

test.each([0, 1])('a text is confirmed although the program ignores Enter %i time(s)', async (times) => {
  const { host, pool } = await poolWithOne()
  host.control.ignoreEnter('claude-a', times)
  expect(await pool.sendText('a', 'hello', CONFIRM)).toMatchObject({ submitted: true, confirmed: true })
  expect(await pool.capture('a')).toBe('hello\n')
})

test('a text whose Enter is ignored twice rejects with NOT_CONFIRMED', async () => {
  const { host, pool } = await poolWithOne()
  host.control.ignoreEnter('claude-a', 2)
  await expect(pool.sendText('a', 'hello', CONFIRM)).rejects.toMatchObject({ code: 'NOT_CONFIRMED', retryable: false })
})

test('a host that does not know confirm is not taken to have confirmed', async () => {
  const { host, pool } = await poolWithOne()
  host.sendText = async () => ({ submitted: true, foundUnsubmitted: false })
  await expect(pool.sendText('a', 'hello', CONFIRM)).rejects.toMatchObject({ code: 'HOST_REFUSED' })
  expect(await pool.sendText('a', 'hello', { submit: true })).toMatchObject({ submitted: true })
})
