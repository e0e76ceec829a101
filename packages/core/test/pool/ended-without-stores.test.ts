import { expect, test, vi } from 'vitest'
import { quick, setting, withDocs } from '../support/resume-setting.ts'
import { until } from '../support/time.ts'

const stored = async ({ store }: ReturnType<typeof setting>) =>
  (await store.getMany(['claude-docs'], { signal: AbortSignal.timeout(20_000) })).get('claude-docs')

test('a session that ended while no store was active has that end in a store that is used again, and a reboot does not bring it back', async () => {
  const set = setting()
  const pool = await withDocs(set)
  const told = vi.fn()
  pool.on('session:ended', told)
  await pool.rollback()
  set.host.control.exit('claude-docs', { exitCode: 0 })
  await until(() => expect(pool.listEnded()).toMatchObject([{ ended: { cause: 'exited', exitCode: 0 } }]))
  await pool.switchStore('auto')
  await until(async () => expect(await stored(set)).toMatchObject({ expiresAt: expect.any(Number) }))
  await until(() => expect(pool.persistence().stores).toMatchObject([{ dirty: 0 }]))
  expect(await stored(set)).toMatchObject({ ended: { cause: 'exited', exitCode: 0 }, totalRequests: 3 })
  expect(told).toHaveBeenCalledTimes(1)
  await pool.stop()
  set.host.control.reboot()
  const next = set.pool({ resume: { ...quick, when: 'ask' } })
  await next.start()
  const plan = await next.planResume()
  expect(plan).toMatchObject({ resume: [], offered: [{ workspace: 'docs', why: 'exited' }] })
})

test('requests of a session that ended while no store was active are in a store that is used again', async () => {
  const set = setting()
  const pool = await withDocs(set)
  await pool.rollback()
  await pool.withRequest('docs', () => undefined)
  set.host.control.exit('claude-docs', { exitCode: 0 })
  await until(() => expect(pool.listEnded()).toMatchObject([{ totalRequests: 4 }]))
  await pool.switchStore('auto')
  await until(async () => expect(await stored(set)).toMatchObject({ totalRequests: 4 }))
})
