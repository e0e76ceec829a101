import { expect, test } from 'vitest'
import { quick, setting, withDocs } from '../support/resume-setting.ts'
import { clock, sleep, until } from '../support/time.ts'

const YEAR = 365 * 24 * 3_600_000

/** A clock whose date a test sets, as a time server does after the start of a machine. */
function setClock(aheadMs: number) {
  const set = { aheadMs }
  return { set, clock: { ...clock, date: () => clock.date() + set.aheadMs } }
}

test('a session that was lost in a reboot stays when the clock starts in the past and is set later', async () => {
  const scene = setting()
  await (await withDocs(scene)).stop()
  scene.host.control.reboot()
  const { set, clock: slow } = setClock(-50 * YEAR)
  const pool = scene.pool({ clock: slow, resume: { ...quick, when: 'ask' }, cleanupIntervalMs: 50 })
  await pool.start()
  await until(() => expect(pool.persistence().stores).toMatchObject([{ dirty: 0 }]))
  expect(pool.listEnded()).toMatchObject([{ workspace: 'docs', ended: { cause: 'boot' } }])
  set.aheadMs = 0
  await sleep(200)
  expect(pool.listEnded()).toMatchObject([{ workspace: 'docs' }])
  expect(await pool.getOrCreateSession('docs')).toMatchObject({ resumed: true, totalRequests: 3 })
})

test('a session that cannot come back yet does so soon after its obstacle is gone, although the clock was set back meanwhile', async () => {
  const scene = setting()
  await (await withDocs(scene)).stop()
  scene.host.control.reboot()
  const { set, clock: fast } = setClock(YEAR)
  let isReady = false
  const check = () => (isReady ? ('ok' as const) : { skip: 'not yet' })
  const backoff = { minMs: 100 }
  const resume = { ...quick, when: 'start' as const, check, backoff, maxAgeMs: 2 * YEAR }
  const pool = scene.pool({ clock: fast, resume })
  await pool.start()
  await until(async () => expect((await pool.planResume()).blocked).toMatchObject([{ why: 'check' }]))
  await sleep(50)
  set.aheadMs = 0
  isReady = true
  await until(() => expect(pool.getSession('docs')).toMatchObject({ generation: 2, totalRequests: 3 }))
})
