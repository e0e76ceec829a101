import { expect, test } from 'vitest'
import type { SwitchOptions } from '../../../src/index.ts'
import { heldStore } from '../../support/held-store.ts'
import { poolOn } from '../../support/one-session.ts'

const WARNING = 'The options of rollback() cannot be used - it is done all the same'
const unreadable = {
  get reason(): string {
    throw new Error('no redis://me:hunter2@h')
  },
}

test.each<[unknown, string]>([
  [null, 'expected an object, and not null'],
  ['a reason', 'expected an object, and not a string'],
  [{ dedline: 5 }, 'dedline is not an option'],
  [{ resaon: 'x' }, 'did you mean "reason"?'],
  [{ reason: 5 }, 'reason: must be text'],
  [{ reason: 'x'.repeat(501) }, 'reason: must have at most 500 characters'],
  [{ timeoutMs: 0 }, 'timeoutMs: must be above 0'],
  [{ timeoutMs: Number.NaN }, 'timeoutMs: must be a number'],
  [{ timeoutMs: Number.POSITIVE_INFINITY }, 'timeoutMs: '],
  [{ timeoutMs: '5' }, 'timeoutMs: must be a number'],
  [{ timeoutMs: 2 ** 40 }, 'timeoutMs: must be at most'],
  [unreadable, 'no redis://***@h'],
])('switchStore() refuses invalid options, and changes nothing: %#', async (options, words) => {
  const { pool } = await poolOn(heldStore().store)
  await expect(pool.switchStore('memory', options as SwitchOptions)).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining(words),
  })
  expect(pool.persistence()).toMatchObject({ desired: { layer: 'config' }, effective: { stores: ['held'], epoch: 0 } })
})

test.each<[unknown, string]>([
  [null, 'expected an object'],
  ['the disk hangs', 'expected an object'],
  [{ resaon: 'the disk hangs' }, 'did you mean "reason"?'],
  [{ reason: Symbol('x') }, 'reason: must be text'],
  [unreadable, 'no redis://***@h'],
])('rollback() succeeds with invalid options, and logs what it ignored: %#', async (options, words) => {
  const { pool, log } = await poolOn(heldStore().store)
  expect(await pool.rollback(options as Pick<SwitchOptions, 'reason'>)).toMatchObject({ to: ['memory'] })
  expect(pool.persistence()).toMatchObject({
    desired: { store: 'memory', layer: 'runtime', reason: 'rollback' },
    effective: { stores: ['memory'] },
  })
  expect(log.with(WARNING).map(({ fields }) => fields.detail)).toEqual([expect.stringContaining(words)])
})

test('a valid reason is kept, and a long reason of a rollback is cut', async () => {
  const { pool, log } = await poolOn(heldStore().store)
  await pool.rollback({ reason: 'x'.repeat(1_000_000) })
  expect(pool.persistence().desired.reason).toBe('x'.repeat(500))
  await pool.switchStore('memory', { reason: 'y'.repeat(500) })
  expect(pool.persistence().desired.reason).toBe('y'.repeat(500))
  await pool.rollback({ reason: 'the disk hangs' })
  expect(pool.persistence().desired.reason).toBe('the disk hangs')
  expect(log.with(WARNING)).toEqual([])
})

test.each(['store', 'mirror'])(
  '"auto" as the %s of a selection is refused, and no installation is suggested',
  async (key) => {
    const { pool } = await poolOn(heldStore().store)
    const selection = key === 'store' ? { store: 'auto' } : { store: 'file', mirror: ['auto'] }
    const error = (await pool.switchStore(selection).catch((thrown: unknown) => thrown)) as Error
    expect(error).toMatchObject({ code: 'CONFIG_UNKNOWN_STORE' })
    expect(error.message).toContain("switchStore('auto')")
    expect(error.message).not.toContain('npm install')
  },
)

test('a selection that cannot be read is refused', async () => {
  const { pool } = await poolOn(heldStore().store)
  const selection = {
    get store(): string {
      throw new Error('no redis://me:hunter2@h')
    },
  }
  await expect(pool.switchStore(selection)).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining('no redis://***@h'),
  })
})
