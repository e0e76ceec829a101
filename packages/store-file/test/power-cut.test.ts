import { execFile } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { can } from './support/prerequisites.ts'

const campaign = join(dirname(fileURLToPath(import.meta.url)), 'campaign', 'power-cut.mjs')
const possible = can.loop && can.mount && can.cut

async function cutsWithLoss(...args: string[]): Promise<number> {
  const { stdout } = await promisify(execFile)(process.execPath, [campaign, ...args])
  const result = JSON.parse(stdout) as { cuts: number; acknowledged: number; cutsWithLoss: number }
  expect(result.acknowledged).toBeGreaterThan(result.cuts)
  return result.cutsWithLoss
}

test.skipIf(!possible)(
  'a power cut takes nothing that was acknowledged (needs root, a loop device and xfs_io)',
  async () => {
    expect(await cutsWithLoss('--cuts', '3')).toBe(0)
  },
)

test.skipIf(!possible)(
  'the same test fails where no fsync reaches the disk (needs root, a loop device and eatmydata)',
  async () => {
    expect(await cutsWithLoss('--cuts', '2', '--control', 'no-sync')).toBe(2)
  },
)

test.skipIf(!possible)(
  'the same test fails when the directory is not synced (needs root, a loop device and xfs_io)',
  async () => {
    expect(await cutsWithLoss('--cuts', '6', '--control', 'no-directory-sync')).toBeGreaterThan(0)
  },
)
