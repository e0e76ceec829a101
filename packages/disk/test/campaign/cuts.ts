import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'vitest'
import { can } from '../support/prerequisites.ts'

/** Whether this machine can cut the power of a volume. */
export const canCut = can.loop && can.mount && can.cut

/** Cuts the power under the store of the subject. Returns how many cuts lost an acknowledged write. */
export async function cutsWithLoss(subject: string, ...args: string[]): Promise<number> {
  const campaign = join(import.meta.dirname, 'power-cut.mjs')
  const { stdout } = await promisify(execFile)(process.execPath, [campaign, '--subject', subject, ...args])
  const result = JSON.parse(stdout) as { cuts: number; acknowledged: number; cutsWithLoss: number }
  expect(result.acknowledged).toBeGreaterThan(result.cuts)
  return result.cutsWithLoss
}
