import { expect, test } from 'vitest'
import { gate } from '../support/gate.ts'
import { heldStore } from '../support/held-store.ts'
import { quick, setting, withDocs } from '../support/resume-setting.ts'
import { clock, until } from '../support/time.ts'

test('of two gateways without a lock that resume one session, the one that finds the session of the other keeps its attributes', async () => {
  const set = setting()
  await (await withDocs(set)).stop()
  set.host.control.reboot()
  const [isLaunched, isPrepared, launching, preparing] = [gate(), gate(), gate(), gate()]
  const first = set.pool({
    resume: { ...quick, settleMs: 500 },
    async launch() {
      launching.open()
      await isLaunched.opened
      return {}
    },
  })
  const second = set.pool({
    resume: {
      ...quick,
      async prepare() {
        preparing.open()
        await isPrepared.opened
      },
    },
  })
  await first.start()
  await second.start()
  const byFirst = first.resumeSession('docs')
  await launching.opened
  // Its attempt has another time, and is written over the one of the first gateway.
  await clock.advance(10)
  const bySecond = second.resumeSession('docs')
  await preparing.opened
  isLaunched.open()
  await until(async () => expect(await set.host.list()).toHaveLength(1))
  isPrepared.open()
  const whole = { generation: 2, totalRequests: 3, attributes: { conversation: 'a1b2' } }
  expect(await bySecond).toMatchObject(whole)
  expect(await byFirst).toMatchObject(whole)
})

test('requests of a session that was found without what it resumes are kept when that record is read later', async () => {
  const set = setting()
  const [late, known] = [heldStore(), heldStore()]
  const first = await withDocs(set, { metadata: { store: late.store } })
  const resumes = first.getSession('docs')?.incarnation
  await first.stop()
  set.host.control.reboot()
  await set.host.create('claude-docs', { pool: 'claude-', workspace: 'docs', createdAt: clock.date(), resumes })
  late.fail('open')
  const metadata = { store: known.store, mirror: [late.store] }
  const second = set.pool({ metadata })
  await second.start()
  await second.withRequest('docs', () => undefined)
  await second.saveSessionMetadata('docs')
  await second.stop()
  const third = set.pool({ metadata })
  await third.start()
  expect(third.getSession('docs')).toMatchObject({ totalRequests: 1, verified: false })
  late.mend()
  const whole = { generation: 2, totalRequests: 4, attributes: { conversation: 'a1b2' } }
  await until(() => expect(third.getSession('docs')).toMatchObject(whole))
})
