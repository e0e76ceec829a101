import { expect, it } from 'vitest'
import { createActivity } from '../src/events/activity.ts'
import { fixture } from './support/pool.ts'

it('the curve of a session has its first requests, and none from before the app', async () => {
  const { pool } = await fixture()
  await pool.getOrCreateSession('before')
  await pool.withRequest('before', () => undefined)
  const activity = createActivity(pool as never, console)
  await pool.getOrCreateSession('new')
  await pool.withRequest('new', () => undefined)
  await pool.withRequest('before', () => undefined)
  activity.count()
  expect(activity.now().requests).toEqual({ before: [0, 1], new: [1] })
  activity.close()
})
