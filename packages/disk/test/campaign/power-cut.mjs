// Cuts the power under a writing store many times, and compares the content of the disk with what was acknowledged.
// Run it as root, on Linux: node power-cut.mjs --subject <module> --cuts 50 [--fs ext4|xfs] [--control
// none|no-sync|no-directory-sync, or a control of the subject] [--at reopening] [--until-loss]
// The subject is the store that writes; subject.d.mts states what it exports.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { buildStore } from './build-store.mjs'
import { cutOnce } from './cut-once.mjs'

const { values } = parseArgs({
  options: {
    subject: { type: 'string', default: '' },
    cuts: { type: 'string', default: '50' },
    fs: { type: 'string', default: 'ext4' },
    control: { type: 'string', default: 'none' },
    at: { type: 'string' },
    'until-loss': { type: 'boolean', default: false },
  },
})

if (process.env.SESSIONKEEP_CAMPAIGN !== 'mounts') {
  // Mounts in a separate namespace end with this process.
  const env = { ...process.env, SESSIONKEEP_CAMPAIGN: 'mounts' }
  const { status } = spawnSync('unshare', ['-m', process.execPath, ...process.argv.slice(1)], { stdio: 'inherit', env })
  process.exit(status ?? 1)
}

const subject = resolve(values.subject)
const { source, found, build, reopenEvery } = await import(pathToFileURL(subject).href)
const base = mkdtempSync(join(tmpdir(), 'sk-cut-'))
const outDir = join(import.meta.dirname, '..', '..', '.cache', `campaign-${process.pid}`)
const total = { fs: values.fs, control: values.control, cuts: 0, acknowledged: 0, cutsWithLoss: 0, lost: [] }
try {
  const built = build
    ? await build(values.control, outDir)
    : await buildStore(source, outDir, values.control === 'no-directory-sync')
  mkdirSync(join(base, 'm'))
  for (let cut = 0; cut < Number(values.cuts); cut += 1) {
    // The records of a store that was opened again are in the files alone, so a fifth of the cuts comes right then.
    const isAtReopening = reopenEvery !== undefined && (values.at === 'reopening' || cut % 5 === 4)
    const { acknowledged, lost } = await cutOnce({
      base,
      built,
      subject,
      found,
      fs: values.fs,
      eatSyncs: values.control === 'no-sync',
      ...(isAtReopening && { reopenEvery }),
    })
    total.cuts += 1
    total.acknowledged += acknowledged
    total.cutsWithLoss += lost.length > 0 ? 1 : 0
    total.lost.push(...lost)
    if (values['until-loss'] && lost.length > 0) break
  }
} finally {
  rmSync(base, { recursive: true, force: true })
  rmSync(outDir, { recursive: true, force: true })
}
process.stdout.write(`${JSON.stringify({ ...total, lost: total.lost.slice(0, 5) })}\n`)
