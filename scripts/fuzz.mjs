import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'tsup'
import { readOptions } from './lib/arguments.mjs'
import { childEnvironment } from './lib/environment.mjs'
import { root } from './lib/root.mjs'
import { run } from './lib/run.mjs'

const HELP = `
Gives random and damaged inputs to all code that reads what other programs wrote. npm test has a short form of it.
  npm run fuzz                                 each target for a minute, from a new seed
  npm run fuzz -- --seconds 1200 --seed 7      twenty minutes each
  npm run fuzz -- --only record                one target; may be repeated
`
const TARGETS = ['record', 'rows', 'options', 'config', 'selection', 'flags', 'stored-values', 'redaction']
/** How much longer than its time a target may take, ms: a busy machine starts and ends it late. */
const LATE_MS = 600_000
const { seconds, seed, only } = readOptions(HELP, {
  seconds: { type: 'number', default: 60 },
  seed: { type: 'number', default: (Date.now() % 1_000_000) + 1 },
  only: { type: 'string', multiple: true, default: [], choices: TARGETS },
})
const outDir = join(root, '.cache', `fuzz-${process.pid}`)

await build({
  config: false,
  silent: true,
  entry: [join(root, 'test/fuzz/campaign.ts')],
  outDir,
  format: 'esm',
  target: 'node20',
  noExternal: [/^@sessionkeep\//],
  external: ['zod', 'execa'],
  esbuildOptions: (options) => {
    options.conditions = ['@sessionkeep/source']
  },
})

const chosen = only.length > 0 ? only : TARGETS
console.log(`seed ${seed}, ${seconds} s for each target`)
const results = await Promise.all(chosen.map(once))
for (const { target, runs, longestMs, findings } of results) {
  console.log(`${target}: ${runs} inputs, the longest took ${longestMs} ms, ${findings.length} findings`)
  for (const finding of findings)
    console.log(JSON.stringify({ ...finding, input: finding.input.slice(0, 2000) }, null, 2))
}
rmSync(outDir, { recursive: true, force: true })
process.exitCode = results.every(({ findings }) => findings.length === 0) ? 0 : 1

async function once(target) {
  const order = JSON.stringify({ only: target, seed, seconds })
  const { code, output } = await run(process.execPath, [join(outDir, 'campaign.js'), order], {
    cwd: root,
    env: childEnvironment(),
    timeoutMs: seconds * 1000 + LATE_MS,
  })
  const fault = `The process ended with ${code}\n${output}`
  if (code !== 0) return { target, runs: 0, longestMs: 0, findings: [{ target: only, input: '', fault }] }
  return JSON.parse(output.trim().split('\n').at(-1))
}
