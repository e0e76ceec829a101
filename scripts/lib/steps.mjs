import { childEnvironment } from './environment.mjs'
import { publicPackages } from './packages.mjs'
import { root, tool } from './root.mjs'
import { run } from './run.mjs'
import { checkNode, checkPrerequisites, install } from './setup.mjs'
import { sqliteAdapter } from './sqlite-adapter.mjs'
import { vitest } from './vitest-step.mjs'

/** The exit code of a check that could not run on this machine; its output has the reason. */
export const SKIPPED = 77

/**
 * The steps of `npm test`, in order; those of an inner list are performed at the same time. Each returns the numbers of
 * passed, failed and skipped checks, and the output of a failure. The run ends after a step with `isFatal`.
 */
export const steps = () => {
  const sqlite = sqliteAdapter()
  return [
    { name: 'node ≥ 20.19', perform: checkNode },
    { name: 'prerequisites', perform: checkPrerequisites },
    { name: 'install', perform: after(install, sqlite.begin) },
    { name: 'lock and licences', perform: script('scripts/complete-lock.mjs', '--check') },
    { name: 'lint', perform: command('biome', 'check', '--error-on-warnings', '.') },
    { name: 'types', perform: command('tsc', '--noEmit', '-p', 'tsconfig.json') },
    // Most of these keep one processor busy each, and none of them writes what another one reads.
    [
      { name: 'build', perform: command('turbo', 'run', 'build') },
      // The dashboard and its tests run in a browser, and so have other globals.
      {
        name: 'types of the dashboard',
        perform: command('tsc', '--noEmit', '-p', 'packages/http/src/dashboard/tsconfig.json'),
      },
      {
        name: 'types of the browser tests',
        perform: command('tsc', '--noEmit', '-p', 'test/browser/tsconfig.json'),
      },
      { name: 'public API', perform: script('scripts/api.mjs', '--check') },
      { name: 'API reference', perform: command('typedoc') },
      { name: 'unused code', perform: command('knip') },
    ],
    [
      { name: 'packages', perform: script('scripts/check-packages.mjs') },
      // This step comes before the tests, since it installs the other runtimes in which some tests run.
      { name: 'packed install', perform: script('scripts/packed-install.mjs') },
    ],
    { name: 'SQLite for Keyv', perform: sqlite.perform },
    { name: 'tests', perform: vitest },
  ]
}

/** Checks the contents, the types and the cost of each public package. */
export const packageChecks = () => [
  ...publicPackages().flatMap(({ name, directory, isEsmOnly }) => [
    { name: `publint ${name}`, perform: command('publint', directory, '--strict') },
    {
      name: `types of ${name}`,
      perform: command('attw', '--pack', directory, '--profile', isEsmOnly ? 'esm-only' : 'node16', '--no-color'),
    },
  ]),
  { name: 'size, and what importing loads', perform: script('scripts/weight.mjs', '--check') },
]

function command(name, ...args) {
  return ({ show }) => counted(run(tool(name), args, { cwd: root, env: childEnvironment(), show }))
}

function script(...args) {
  return ({ show }) => counted(run(process.execPath, args, { cwd: root, env: childEnvironment(), show }))
}

/** Performs a step, and then calls `begin`, unless the step has ended the run. */
function after(perform, begin) {
  return async (options) => {
    const result = await perform(options)
    if (!result.isFatal) begin()
    return result
  }
}

async function counted(running) {
  const { code, output } = await running
  if (code === 0) return { passed: 1 }
  if (code === SKIPPED) return { skipped: 1, remarks: output.trim().split('\n') }
  return { failed: 1, output }
}
