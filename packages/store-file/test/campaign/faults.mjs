// Lets each system call of a store with a journal fail, or kills the process at it, and compares what is stored with
// what was acknowledged. Run it on Linux with strace: node faults.mjs [--only kill,error] [--calls fsync,rename]
// [--control none|no-checksum|no-was|acknowledged-early|early-cut] [--most 80] [--until-loss]
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { buildVariant, DAMAGE } from './controls.mjs'
import { prepare, runTrial } from './trial.mjs'

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: 'kill,error' },
    calls: { type: 'string', default: '' },
    control: { type: 'string', default: 'none' },
    most: { type: 'string', default: '80' },
    'until-loss': { type: 'boolean', default: false },
  },
})

// Errors that each call can meet. Injected into the wake-up calls of the event loop, write would end the process.
const CALLS = {
  openat: ['EIO', 'ENOSPC', 'EACCES', 'EMFILE'],
  write: ['EIO', 'ENOSPC', 'SHORT'],
  pwrite64: ['EIO', 'ENOSPC', 'SHORT'],
  fdatasync: ['EIO', 'ENOSPC'],
  fsync: ['EIO', 'ENOSPC'],
  rename: ['EIO', 'ENOSPC', 'EACCES'],
  unlink: ['EIO', 'EACCES'],
  mkdir: ['EIO', 'ENOSPC', 'EACCES'],
  close: ['EIO'],
  statx: ['EIO', 'EACCES'],
  fstat: ['EIO'],
  newfstatat: ['EIO'],
  getdents64: ['EIO'],
  pread64: ['EIO'],
  ftruncate: ['EIO'],
}

const kinds = values.only.split(',')
const calls = values.calls === '' ? Object.keys(CALLS) : values.calls.split(',')
const outDir = join(import.meta.dirname, '..', '..', '.cache', `faults-${process.pid}`)
const base = mkdtempSync(join(tmpdir(), 'sk-faults-'))
const rows = []
const examples = []
/** Whether a loss was found, and none more is asked for. */
const isEnough = () => values['until-loss'] && examples.length > 0
try {
  const built = await buildVariant(values.control, outDir)
  const { default: plugin } = await import(pathToFileURL(built).href)
  const prepared = await prepare(plugin, join(base, 'd'))
  const damage = DAMAGE[values.control]
  for (const call of calls) {
    const whats = [
      ...(kinds.includes('kill') ? [['kill', 'signal=KILL', '']] : []),
      ...(kinds.includes('error') ? CALLS[call].flatMap((error) => errors(error)) : []),
    ]
    for (const [name, what, then] of whats) if (!isEnough()) await series(call, name, what, then)
  }

  async function series(call, name, what, then) {
    const row = { call, what: name, positions: 0, wrong: 0 }
    const onFiles = call === 'write' || call === 'pwrite64'
    for (let when = 1; when <= Number(values.most) && !isEnough(); when += 1) {
      const injection = { call, what, when: `${when}${then}`, onFiles }
      const { struck, wrong } = await runTrial({ built, plugin, prepared, injection, damage })
      if (!struck) break
      row.positions += 1
      if (wrong.length === 0) continue
      row.wrong += 1
      if (examples.length < 10) examples.push({ call, what: name, when, wrong: wrong.slice(0, 3) })
    }
    rows.push(row)
    process.stderr.write(`${JSON.stringify(row)}\n`)
  }
} finally {
  rmSync(base, { recursive: true, force: true })
  rmSync(outDir, { recursive: true, force: true })
}
const sum = (key) => rows.reduce((total, row) => total + row[key], 0)
process.stdout.write(
  `${JSON.stringify({ control: values.control, positions: sum('positions'), wrong: sum('wrong'), examples })}\n`,
)

function errors(error) {
  const what = error === 'SHORT' ? 'retval=3' : `error=${error}`
  return [
    [`${error} once`, what, ''],
    [`${error} from then on`, what, '+'],
  ]
}
