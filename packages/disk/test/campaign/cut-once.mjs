import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const writer = join(dirname(fileURLToPath(import.meta.url)), 'writer.mjs')
const FORMAT = { ext4: ['mkfs.ext4', '-q', '-F'], xfs: ['mkfs.xfs', '-q', '-f'] }
const SIZE = { ext4: '32M', xfs: '320M' }

/**
 * Cuts one volume under one writer once: at a random moment or, if `reopenEvery` is given, when the store was just closed and
 * opened again. Returns how many steps were acknowledged, and which of them the disk lacks.
 */
export async function cutOnce({ base, built, subject, found, fs, eatSyncs, reopenEvery }) {
  const [image, volume] = [join(base, 'img'), join(base, 'm')]
  execFileSync('rm', ['-f', image])
  execFileSync('truncate', ['-s', SIZE[fs], image])
  execFileSync(FORMAT[fs][0], [...FORMAT[fs].slice(1), image])
  const mount = () => execFileSync('mount', ['-o', 'loop', image, volume])
  mount()
  execFileSync('chmod', ['700', volume])
  const directory = join(volume, 'deep', 'sessions')
  const last = await writeUntilCut({ built, subject, directory, volume, eatSyncs, reopenEvery })
  execFileSync('umount', [volume])
  mount()
  try {
    return { acknowledged: last, lost: compare(await found(directory, built), last) }
  } finally {
    execFileSync('umount', [volume])
  }
}

async function writeUntilCut({ built, subject, directory, volume, eatSyncs, reopenEvery = 0 }) {
  const command = [process.execPath, writer, subject, built, directory]
  const [program, ...args] = eatSyncs ? ['eatmydata', ...command] : command
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const closed = once(child, 'close')
  let last = 0
  const steps = 5 + Math.floor(Math.random() * 100)
  const cutAfter = reopenEvery > 0 ? steps - (steps % reopenEvery) + reopenEvery : steps
  await new Promise((resolve) => {
    closed.then(resolve)
    createInterface({ input: child.stdout }).on('line', (line) => {
      const reopened = /^reopened (\d+)$/.exec(line)?.[1]
      if (reopened === undefined) last = Number(line)
      if (reopenEvery > 0 && Number(reopened) === cutAfter) resolve()
      else if (reopenEvery === 0 && last === cutAfter) setTimeout(resolve, Math.random() * 4)
    })
  })
  // The writer is stopped first, because an acknowledgement must not race the cut.
  child.kill('SIGSTOP')
  await new Promise((resolve) => setTimeout(resolve, 20))
  execFileSync('xfs_io', ['-x', '-c', 'shutdown', volume])
  child.kill('SIGKILL')
  await closed
  if (last < cutAfter) throw new Error(`The writer ended by itself after ${last} steps.`)
  return last
}

/**
 * Step n sets three records to n, and sets (odd n) or deletes (even n) a fourth. The step after the last acknowledged
 * one may be on the disk too.
 */
function compare({ flip, ...kept }, last) {
  const lost = Object.entries(kept).filter(([, n]) => n !== last && n !== last + 1)
  const flipped = [last, last + 1].map((n) => (n % 2 === 1 ? n : undefined))
  if (!flipped.includes(flip)) lost.push(['flip', flip])
  return lost.map(([name, n]) => ({ name, found: n ?? null, acknowledged: last }))
}
