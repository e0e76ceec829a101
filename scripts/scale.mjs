// Measures what a fleet of gateways costs one real Redis and one real Postgres; docs/scale.md explains the figures. Never
// part of npm test.
import { join } from 'node:path'
import { build } from 'tsup'
import { readArguments } from './lib/arguments.mjs'
import { childEnvironment } from './lib/environment.mjs'
import { root } from './lib/root.mjs'
import { run } from './lib/run.mjs'

const { values } = readArguments(
  `
Measures what a fleet of gateways costs one real Redis and one real Postgres, in processor time of the server: a start of
all gateways at once, a flush of all sessions, the renewals of the leases, and the end of a tenth of the sessions. Also
measures batches of 10,000 records beside a raw client, and one large pool on files. Needs Linux, redis-server and
Postgres. 1,000 gateways need 4 GB of memory.

  npm run scale                              10, 100 and 1,000 gateways with 100 sessions each; half an hour
  npm run scale -- --gateways 10,50          fewer
  npm run scale -- --only Redis              one of Redis, Postgres and file
  npm run scale -- --only file --pools 500   a pool with 500 sessions on files; default 100, 1,000 and 10,000
`,
  {
    gateways: { type: 'string', default: '10,100,1000' },
    sessions: { type: 'string', default: '100' },
    pools: { type: 'string', default: '100,1000,10000' },
    only: { type: 'string' },
  },
)
const DAY_MS = 86_400_000
const outDir = join(root, '.cache', 'scale')
const orders = {
  file: { pools: values.pools.split(',').map(Number) },
  Redis: { gateways: values.gateways.split(',').map(Number), sessions: Number(values.sessions) },
  Postgres: { gateways: values.gateways.split(',').map(Number), sessions: Number(values.sessions) },
}
const engines = values.only ? [values.only] : Object.keys(orders)

await build({
  config: false,
  silent: true,
  entry: [join(root, 'test/scale/measure.ts')],
  outDir,
  format: 'esm',
  target: 'node20',
  noExternal: [/^@sessionkeep\//],
  external: ['zod'],
  esbuildOptions: (options) => {
    options.conditions = ['@sessionkeep/source']
  },
})
const measured = []
for (const engine of engines) measured.push(...(await measure(engine)))
const batches = measured.flatMap(({ engine, batches: found }) => (found ? [{ engine, ...found }] : []))
const fleets = measured.flatMap(({ fleet }) => fleet ?? [])
const range = ({ median, low, high }) => `${median.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})`
const table = (titles, rows) =>
  rows.length > 0 &&
  console.log(`\n${[titles, titles.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')}`)

const pools = measured.flatMap(({ pool }) => pool ?? [])

table(
  ['sessions on files', 'start, ms', 'flush, ms', 'heap a session, kB'],
  pools.map(({ sessions, start, flushed, heap }) => [
    sessions,
    start.toFixed(0),
    flushed.toFixed(0),
    (heap / 1000).toFixed(2),
  ]),
)
table(
  ['server', 'raw client, ms', 'store, ms', 'store beside raw, processor time', 'the same by the clock'],
  batches.map(({ engine, raw, store, processor, clock }) => [
    engine,
    processorOf(raw),
    processorOf(store),
    range(processor),
    range(clock),
  ]),
)
table(
  [
    'server',
    'gateways',
    'start of one, ms',
    'record of a flush, µs',
    'one idle gateway, µs a second',
    'end of a session, µs',
  ],
  fleets.map(({ engine, gateways, sessions, storm, flushed, idle, idleMs, forgotten }) => [
    engine,
    gateways,
    (storm.server / gateways).toFixed(1),
    ((1000 * flushed.server) / (gateways * sessions)).toFixed(0),
    ((1_000_000 * idle.server) / (gateways * idleMs)).toFixed(0),
    ((1000 * forgotten.server) / (gateways * (sessions / 10))).toFixed(0),
  ]),
)
table(
  [
    'server',
    'gateways',
    'start of all, s',
    'not attached then',
    'sessions with their records',
    'flush of all, s',
    'processor time of the gateways for both, s',
  ],
  fleets.map(({ engine, gateways, sessions, storm, late, recovered, flushed }) => [
    engine,
    gateways,
    (storm.clock / 1000).toFixed(1),
    late,
    `${recovered} of ${gateways * sessions}`,
    (flushed.clock / 1000).toFixed(1),
    ((storm.gateways + flushed.gateways) / 1000).toFixed(1),
  ]),
)

function processorOf({ client, server }) {
  return (client + server).toFixed(0)
}

async function measure(engine) {
  const order = JSON.stringify({ engine, ...orders[engine] })
  const { code, output } = await run(process.execPath, [join(outDir, 'measure.js'), order], {
    ...{ cwd: root, env: childEnvironment(), timeoutMs: DAY_MS },
  })
  if (code !== 0) throw new Error(`${engine} could not be measured:\n${output}`)
  return output
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => ({ engine, ...JSON.parse(line) }))
}
