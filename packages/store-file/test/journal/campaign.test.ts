import { join } from 'node:path'
import { expect, test } from 'vitest'
import { canCut, cutsWithLoss } from '../../../disk/test/campaign/cuts.ts'
import { can } from '../../../disk/test/support/prerequisites.ts'
import { campaign } from '../campaign/run.ts'

// The short form of `npm run campaign:crash` and `npm run campaign:faults`. docs/reliability.md has the results of the
// long one.
const subject = join(import.meta.dirname, '..', 'campaign', 'journal-subject.mjs')
const clean = { wrong: 0, examples: [] }
/** How long a campaign may take, ms: each of its dozens of trials starts a process and strace, which other work holds up. */
const PATIENCE = 600_000

test.skipIf(!can.strace)(
  'after a kill at any sync, rename or removal, no acknowledged write is lost and nothing is left over (needs strace)',
  async () => {
    const result = await campaign('faults', '--only', 'kill', '--calls', 'fdatasync,rename,unlink')
    expect(result).toMatchObject(clean)
    expect(result.positions).toBeGreaterThan(15)
  },
  PATIENCE,
)

test.skipIf(!can.strace)(
  'when a sync of the journal fails, once or for good, no acknowledged write is lost (needs strace)',
  async () => {
    const result = await campaign('faults', '--only', 'error', '--calls', 'fdatasync')
    expect(result).toMatchObject(clean)
    expect(result.positions).toBeGreaterThan(8)
  },
  PATIENCE,
)

test.skipIf(!can.strace).each(['no-checksum', 'no-was', 'acknowledged-early'])(
  'the same test fails with the control %s (needs strace)',
  async (control) => {
    const args = ['--only', 'kill', '--calls', 'fdatasync', '--until-loss', '--control', control]
    expect((await campaign('faults', ...args)).wrong).not.toBe(0)
  },
)

test('after kills at random, each record is the last acknowledged one or a change by hand that came later', async () => {
  const result = await campaign('kills', '--cycles', '6')
  expect(result).toMatchObject({ ...clean, leftovers: 0 })
  // How many there are depends on the machine.
  expect(result.acknowledged).toBeGreaterThan(0)
})

test('the same test fails when segments are removed before their records are in the files', async () => {
  expect((await campaign('kills', '--cycles', '200', '--until-loss', '--control', 'early-cut')).wrong).not.toBe(0)
})

test.skipIf(!canCut)(
  'a power cut loses no acknowledged write of the journal (needs root, a loop device and xfs_io)',
  async () => {
    expect(await cutsWithLoss(subject, '--cuts', '3')).toBe(0)
  },
)

test.skipIf(!canCut)(
  'the same test fails when the lines are not synced (needs root, a loop device and xfs_io)',
  async () => {
    expect(await cutsWithLoss(subject, '--cuts', '25', '--until-loss', '--control', 'no-line-sync')).not.toBe(0)
  },
)
