import { join } from 'node:path'
import { expect, test } from 'vitest'
import { canCut, cutsWithLoss } from '../../disk/test/campaign/cuts.ts'

const subject = join(import.meta.dirname, 'campaign', 'subject.mjs')

test.skipIf(!canCut)('a power cut loses no acknowledged write (needs root, a loop device and xfs_io)', async () => {
  expect(await cutsWithLoss(subject, '--cuts', '3')).toBe(0)
})

test.skipIf(!canCut)(
  'the same test fails when no fsync reaches the disk (needs root, a loop device and eatmydata)',
  async () => {
    expect(await cutsWithLoss(subject, '--cuts', '2', '--control', 'no-sync')).toBe(2)
  },
)

test.skipIf(!canCut)(
  'the same test fails when the directory is not synced (needs root, a loop device and xfs_io)',
  async () => {
    expect(
      await cutsWithLoss(subject, '--cuts', '25', '--until-loss', '--control', 'no-directory-sync'),
    ).toBeGreaterThan(0)
  },
)
