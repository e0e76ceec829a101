import { execFile } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe as nodeDescribe, test as nodeTestOf } from 'node:test'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { built } from '../../../test/support/built.ts'
import type { TestRunner } from '../src/index.ts'

const run = promisify(execFile)
const program = (name: string) => built(join(import.meta.dirname, 'programs', `${name}.mjs`))
const [nodeTest, bunTest] = [program('node-test'), program('bun-test')]

/** The path of Bun as the check of packed packages has installed it; Bun is no dependency. */
function findBun(): string | undefined {
  const runtimes = join(process.cwd(), '.cache', 'runtimes')
  if (!existsSync(runtimes)) return undefined
  return readdirSync(runtimes)
    .filter((name) => name.startsWith('@oven+bun-'))
    .map((name) => {
      const [scoped = ''] = name.split(/-\d/)
      return join(runtimes, name, 'node_modules', scoped.replace('+', '/'), 'bin', 'bun')
    })
    .find((path) => existsSync(path))
}
const bun = findBun()

test('the suites run under node:test, without an expect', async () => {
  const { stdout } = await run(process.execPath, ['--test-reporter=tap', nodeTest], { env: { PATH: process.env.PATH } })
  expect(stdout).toMatch(/^# tests [3-9]\d$/m)
  expect(stdout).toMatch(/^# fail 0$/m)
})

test.skipIf(bun === undefined)('the suites run under bun:test (needs Bun in .cache/runtimes)', async () => {
  const { stderr } = await run(bun ?? 'bun', ['test', bunTest], { env: { PATH: process.env.PATH } })
  expect(stderr).toMatch(/[3-9]\d pass/)
  expect(stderr).toMatch(/\b0 fail/)
})

test('node:test and vitest fit the type of a runner', () => {
  const runners: TestRunner[] = [
    { describe: nodeDescribe, test: nodeTestOf },
    { describe, test, expect },
  ]
  expect(runners).toHaveLength(2)
})
