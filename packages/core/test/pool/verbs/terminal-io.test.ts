import { expect, test } from 'vitest'
import { memoryStore } from '../../../src/index.ts'
import { memoryHost } from '../../../src/testing.ts'
import { makePool } from '../../support/pools.ts'
import { clock } from '../../support/time.ts'

test('sendText() works before start()', async () => {
  const host = memoryHost({ clock })
  const session = await host.create('claude-a', { workspace: 'a', pool: 'claude-', createdAt: 1000 })
  const { pool } = makePool({ host, metadata: { store: memoryStore() } })
  await pool.sendText('a', 'x')
  expect(await host.capture(session)).toBe('x')
})

test('keys, size and attach command reach the host, and the result of sendText() is returned', async () => {
  const { pool } = makePool({ host: memoryHost({ clock }), metadata: { store: memoryStore() } })
  await pool.start()
  await pool.getOrCreateSession('a')
  expect(await pool.sendText('a', 'x\u0003', { submit: true })).toEqual({ submitted: true, foundUnsubmitted: false })
  await pool.sendKeys('a', ['y', 'Enter'])
  await pool.resize('a', { cols: 80, rows: 24 })
  expect(await pool.capture('a', { history: 'all' })).toBe('x\ny\n')
  await expect(pool.sendKeys('b', ['y'])).rejects.toMatchObject({ code: 'SESSION_NOT_FOUND' })
})

test('a verb that the host lacks is refused with its name', async () => {
  const { sendKeys: _sendKeys, ...host } = memoryHost({ clock })
  const { pool } = makePool({ host, metadata: { store: memoryStore() } })
  await pool.start()
  await pool.getOrCreateSession('a')
  await expect(pool.sendKeys('a', ['y'])).rejects.toMatchObject({
    code: 'HOST_REFUSED',
    message: expect.stringContaining('sendKeys'),
  })
})
