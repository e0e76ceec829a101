import { join } from 'node:path'
import { build } from 'tsup'
import { readOptions } from './lib/arguments.mjs'
import { childEnvironment } from './lib/environment.mjs'
import { root } from './lib/root.mjs'
import { run } from './lib/run.mjs'

const HELP = `
Measures a pool that serves 1,000 requests a second while the server of its store fails; docs/outages.md explains the
figures. Never part of npm test, which has a short form of it.
  npm run campaign:outage                       Redis and Postgres, four faults each, 20 s; about seven minutes
  npm run campaign:outage -- --rounds 3         each run three times; figures are medians
  npm run campaign:outage -- --seconds 5        shorter
  npm run campaign:outage -- --only frozen      one fault or one server; may be repeated, as in --only Redis --only frozen
`
const ALLOWED_MS = 10
const ENGINES = ['Redis', 'Postgres']
const FAULTS = ['killed', 'frozen', 'emptied', 'down']
const { rounds, seconds, only } = readOptions(HELP, {
  rounds: { type: 'number', default: 1 },
  seconds: { type: 'number', default: 20 },
  only: { type: 'string', multiple: true, default: [], choices: [...ENGINES, ...FAULTS] },
})
const outDir = join(root, '.cache', 'campaign-outage')

await build({
  config: false,
  silent: true,
  entry: [join(root, 'test/outage/campaign.ts')],
  outDir,
  format: 'esm',
  target: 'node20',
  noExternal: [/^@sessionkeep\//],
  external: ['zod'],
  esbuildOptions: (options) => {
    options.conditions = ['@sessionkeep/source']
  },
})

const rows = []
console.log(
  '| server | fault | requests | failed | p99.9, none | p99.9, outage | added | by chance | longest | caught up in | wrong at rest | |',
)
console.log('|---|---|---|---|---|---|---|---|---|---|---|---|')
for (const engine of chosen(ENGINES)) {
  for (const fault of chosen(FAULTS)) {
    const results = []
    for (let round = 0; round < rounds; round += 1) results.push(await once(engine, fault))
    rows.push(row(engine, fault, results))
    console.log(rows.at(-1).line)
  }
}
console.log(rows.every(({ held }) => held) ? '\nNo bar was broken.' : '\nA bar was broken.')
process.exitCode = rows.every(({ held }) => held) ? 0 : 1

/** Those of `all` that `--only` names; all of them if it names none. */
function chosen(all) {
  const named = all.filter((word) => only.includes(word))
  return named.length > 0 ? named : all
}

async function once(engine, fault) {
  const order = JSON.stringify({ engine, fault, sessions: 200, perSecond: 1000, seconds })
  const { code, output } = await run(process.execPath, [join(outDir, 'campaign.js'), order], {
    cwd: root,
    env: childEnvironment(),
  })
  if (code !== 0) throw new Error(`${engine}, ${fault}: ended with ${code}\n${output}`)
  return JSON.parse(output.trim().split('\n').at(-1))
}

function row(engine, fault, results) {
  const none = median(results.map((each) => each.none.p999))
  const outage = median(results.map((each) => each.outage.p999))
  const added = median(results.map((each) => each.outage.p999 - each.none.p999))
  const chance = median(results.map((each) => Math.abs(each.again.p999 - each.none.p999)))
  const failed = results.reduce((sum, each) => sum + each.outage.failed, 0)
  const requests = results.reduce((sum, each) => sum + each.outage.requests, 0)
  const longest = Math.max(...results.map((each) => each.outage.max))
  const wrong = results.flatMap((each) => each.wrong)
  const catchUp = median(results.map((each) => each.catchUpMs))
  const isSound = failed === 0 && wrong.length === 0 && results.every((each) => each.wasDegraded)
  // If two controls differ by more than the limit, this machine is too busy to measure.
  const verdict =
    !isSound || (added > ALLOWED_MS && chance <= ALLOWED_MS) ? 'NOT held' : added > ALLOWED_MS ? 'cannot tell' : 'held'
  const held = verdict !== 'NOT held'
  const cells = [engine, fault, requests, failed, ms(none), ms(outage), ms(added), ms(chance), ms(longest)]
  const line = `| ${[...cells, `${(catchUp / 1000).toFixed(1)} s`, wrong.length, verdict].join(' | ')} |`
  return { held, line: wrong.length > 0 ? `${line}\n${wrong.slice(0, 10).join('\n')}` : line }
}

function median(figures) {
  const sorted = figures.toSorted((a, b) => a - b)
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2
}

function ms(figure) {
  return `${figure.toFixed(2)} ms`
}
