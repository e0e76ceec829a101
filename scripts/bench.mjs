// Measures sessionkeep and prints the figures beside limits and other libraries; docs/benchmarks.md explains them. Never part of npm test.
import { join } from 'node:path'
import { readArguments } from './lib/arguments.mjs'
import { childEnvironment } from './lib/environment.mjs'
import { performAll } from './lib/perform.mjs'
import { root, tool } from './lib/root.mjs'
import { run } from './lib/run.mjs'
import { checkNode, install } from './lib/setup.mjs'

const { rest: benchArguments } = readArguments(`
Measures sessionkeep and prints the figures beside limits and other libraries; docs/benchmarks.md explains them. Never part of npm test.

  npm run bench                       all of it
  npm run bench -- --quick            far fewer samples, to try the program out
  npm run bench -- --only create      one measurement; may be repeated
  npm run bench -- --help             prints this text and runs nothing
`)

const HOUR_MS = 3_600_000

const { failed } = await performAll(
  [
    { name: 'node ≥ 20.19', perform: checkNode },
    { name: 'install', perform: install },
    { name: 'build', perform: build },
  ],
  { show: false, rest: [] },
)
process.exitCode = failed > 0 ? 1 : await bench()

async function build() {
  const args = ['run', 'build', '--filter=@sessionkeep/bench']
  const { code, output } = await run(tool('turbo'), args, { cwd: root, env: childEnvironment() })
  return code === 0 ? { passed: 1 } : { failed: 1, isFatal: true, output }
}

// A missed limit is printed, but does not fail the script, since this is a measurement and no test.
async function bench() {
  const program = join(root, 'packages', 'bench', 'dist', 'index.js')
  const options = { cwd: root, env: childEnvironment(), timeoutMs: HOUR_MS, show: true }
  const { code } = await run(process.execPath, [program, ...benchArguments], options)
  return code ?? 1
}
