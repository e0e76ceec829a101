import { execFile } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { beforeAll, expect, test } from 'vitest'
import { childEnvironment } from '../../../scripts/lib/environment.mjs'
import { tool } from '../../../scripts/lib/root.mjs'
import { run } from '../../../scripts/lib/run.mjs'

const PROGRAM = join(dirname(fileURLToPath(import.meta.url)), 'conformance.mjs')

beforeAll(async () => {
  const args = ['run', 'build', '--filter=sessionkeep-store-unstorage...']
  const { code, output } = await run(tool('turbo'), args, { env: childEnvironment() })
  expect(code, output).toBe(0)
})

test('the built package passes the suite under node:test, with several processes', async () => {
  const env = { PATH: process.env.PATH, REPORT: 'yes' }
  const { stdout } = await promisify(execFile)(process.execPath, ['--test-reporter=tap', PROGRAM], { env })
  expect(stdout).toMatch(/^# tests \d{2,}$/m)
  expect(stdout).toMatch(/^# fail 0$/m)
  expect(stdout).toContain(
    '**unstorage with fs** (store; durability `none`, retains `true`, shared `true`): level **silver**',
  )
  expect(stdout).toContain('processes.shared')
  expect(stdout).toMatch(/\*\*unstorage with memory\*\* .*: level \*\*bronze\*\*/)
})
