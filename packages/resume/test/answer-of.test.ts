import { PoolError } from '@sessionkeep/contracts/errors'
import { systemClock } from '@sessionkeep/contracts/internal'
import { expect, test, vi } from 'vitest'
import { createAnswerOf } from '../src/answer-of.ts'

test('a coded error of launch is passed on, also if another copy of the contracts made it, and any other is wrapped', async () => {
  vi.resetModules()
  const { PoolError: Other } = await import('@sessionkeep/contracts/errors')
  expect(Other).not.toBe(PoolError)
  const failing = (error: Error) =>
    createAnswerOf(5000, systemClock)({ what: 'launch', workspace: 'docs', ask: () => Promise.reject(error) })
  for (const error of [new PoolError('SESSION_LIMIT', 'full'), new Other('SESSION_LIMIT', 'full')])
    await expect(failing(error)).rejects.toBe(error)
  await expect(failing(new Error('broken'))).rejects.toMatchObject({ code: 'SESSION_NOT_READY' })
})
