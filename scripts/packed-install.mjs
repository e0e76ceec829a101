// Installs the packed packages in an empty project and runs the programs of test/packed there, on every supported
// runtime; needs the build. A step of `npm test`, or alone: node scripts/packed-install.mjs

import { childEnvironment } from './lib/environment.mjs'
import { makeProject, programs } from './lib/packed-project.mjs'
import { run } from './lib/run.mjs'
import { runtimes } from './lib/runtimes.mjs'
import { SKIPPED } from './lib/steps.mjs'

const names = programs()
if (names.length === 0) throw new Error('test/packed has no programs')

const { directory, remove } = await makeProject()
const counts = { failed: 0, skipped: 0 }
try {
  for (const { name, prepare } of runtimes()) await runOn(name, prepare)
} finally {
  remove()
}
process.exitCode = counts.failed > 0 ? 1 : counts.skipped > 0 ? SKIPPED : 0

async function runOn(name, prepare) {
  let runtime
  try {
    runtime = await prepare()
  } catch (error) {
    counts.skipped += 1
    console.log(`${name}: skipped. ${error.message}`)
    return
  }
  for (const program of names) {
    const { code, output } = await run(runtime, [program], {
      cwd: directory,
      env: childEnvironment(),
      timeoutMs: 60_000,
    })
    console.log(`${name}: ${program} ${code === 0 ? 'ok' : `FAILED with ${code}\n${output}`}`)
    if (code !== 0) counts.failed += 1
  }
}
