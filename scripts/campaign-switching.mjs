// Runs the tests of switches under load, of killed gateways and of rollbacks of hanging stores in their long form, and
// prints their figures, which docs/benchmarks.md explains. Never part of npm test.
//   npm run campaign:switching

import { childEnvironment } from './lib/environment.mjs'
import { performAll } from './lib/perform.mjs'
import { root, tool } from './lib/root.mjs'
import { run } from './lib/run.mjs'
import { checkNode, install } from './lib/setup.mjs'

const HOUR_MS = 3_600_000
const FILES = ['under-load', 'killed-under-load', 'rollback'].map((name) => `test/switching/${name}.test.ts`)

const { failed } = await performAll(
  [
    { name: 'node ≥ 20.19', perform: checkNode },
    { name: 'install', perform: install },
    { name: 'build', perform: build },
  ],
  { show: false, rest: [] },
)
process.exitCode = failed > 0 ? 1 : await campaign()

async function build() {
  const { code, output } = await run(tool('turbo'), ['run', 'build'], { cwd: root, env: childEnvironment() })
  return code === 0 ? { passed: 1 } : { failed: 1, isFatal: true, output }
}

// One file at a time, so that the files do not disturb each other's figures.
async function campaign() {
  const args = ['run', ...FILES, '--no-file-parallelism', '--disable-console-intercept']
  const env = { ...childEnvironment(), SESSIONKEEP_CAMPAIGN: 'switching' }
  const { code } = await run(tool('vitest'), args, { cwd: root, env, timeoutMs: HOUR_MS, show: true })
  return code ?? 1
}
