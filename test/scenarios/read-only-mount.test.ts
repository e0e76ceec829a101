import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { freshDirectory } from '../../packages/disk/test/support/fixture.ts'
import { can } from '../../packages/disk/test/support/prerequisites.ts'
import { built } from '../support/built.ts'

const program = built(fileURLToPath(new URL('./read-only-mount.mjs', import.meta.url)))

test.skipIf(!can.mount)(
  'a gateway that is started again on a read-only mount has the records at once, and writes once it can (needs mount rights)',
  () => {
    const args = ['-m', process.execPath, program, freshDirectory()]
    const lines = execFileSync('unshare', args, { encoding: 'utf8', timeout: 60_000 }).trim().split('\n')
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { totalRequests: 3, verified: true, saved: true, reason: 'ok' },
      { totalRequests: 3, verified: true, saved: true, reason: 'degraded' },
      { totalRequests: 4, verified: true, saved: true, reason: 'ok' },
    ])
  },
)
