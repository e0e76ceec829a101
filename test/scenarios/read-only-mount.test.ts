import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { freshDirectory } from '../../packages/disk/test/support/fixture.ts'
import { can } from '../../packages/disk/test/support/prerequisites.ts'

test.skipIf(!can.mount)(
  'a gateway that is started again on a read-only mount has the records at once, and writes once it can (needs mount rights)',
  () => {
    const program = join(import.meta.dirname, 'read-only-mount.mjs')
    const args = ['-m', process.execPath, program, freshDirectory()]
    const lines = execFileSync('unshare', args, { encoding: 'utf8', timeout: 60_000 }).trim().split('\n')
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { totalRequests: 3, verified: true, saved: true, reason: 'ok' },
      { totalRequests: 3, verified: true, saved: true, reason: 'degraded' },
      { totalRequests: 4, verified: true, saved: true, reason: 'ok' },
    ])
  },
)
