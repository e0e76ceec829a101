// Writes until it is killed, and prints the number of each acknowledged step.
import { writeSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { NAMES } from './names.mjs'

const [, , subject = '', built = '', directory = ''] = process.argv
const { optionsFor, reopenEvery } = await import(pathToFileURL(subject).href)
const { default: plugin } = await import(pathToFileURL(built).href)
const { signal } = new AbortController()
const say = (_fields, message) => writeSync(2, `${message}\n`)
const logger = { debug: say, info: say, warn: say, error: say }
const store = plugin.create(optionsFor(directory), { logger })
await store.open({ signal, logger })
for (let n = 1; ; n += 1) {
  const pad = 'x'.repeat(n % 7 === 0 ? 20_000 : 300)
  const records = new Map(NAMES.map((name) => [name, { n, pad }]))
  if (n % 2 === 1) records.set('flip', { n })
  else await store.deleteMany(['flip'], { signal })
  await store.setMany(records, { signal })
  writeSync(1, `${n}\n`)
  if (reopenEvery && n % reopenEvery === 0) {
    await store.close()
    await store.open({ signal, logger })
    writeSync(1, `reopened ${n}\n`)
    // For a moment only the files have the records, so that a cut can show whether they were synced.
    await new Promise((resolve) => setTimeout(resolve, 30))
  }
  // The pauses keep the sync of the next write from saving by chance what this write left unsaved.
  if (n % 2 === 0 || Math.random() < 0.3) await new Promise((resolve) => setTimeout(resolve, 8))
}
