// Writes at random until it is killed: a few records, many, removals, and changes of files by hand. It prints each change
// before it begins and when it is acknowledged.
// Arguments: the built plug-in, the directory, the first value.
import { rmSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const [, , built = '', directory = '', first = '0'] = process.argv
const { default: plugin } = await import(pathToFileURL(built).href)
const { signal } = new AbortController()
const silent = () => undefined
const logger = { debug: silent, info: silent, warn: silent, error: silent }
const say = (value) => writeSync(1, `${JSON.stringify(value)}\n`)
const pick = (count) => Math.floor(Math.random() * count)
const some = (count, letter, of) => [...new Set(Array.from({ length: count }, () => `${letter}${pick(of)}`))]
const first120 = Array.from({ length: 120 }, (_, at) => `m${at}`)
const store = plugin.create({ directory, journal: true }, { logger })

const set = (names, n) => store.setMany(new Map(names.map((name) => [name, { n }])), { signal })
const remove = (names) => store.deleteMany(names, { signal })
const edit = ([name = ''], n) => writeFileSync(join(directory, `${name}.json`), JSON.stringify({ n }))
const removeFile = ([name = '']) => rmSync(join(directory, `${name}.json`), { force: true })
const reopen = async () => {
  await store.close()
  await store.open({ signal, logger })
}

/** Each kind of change, how often it happens, and its names. */
const CHANGES = [
  { weight: 6, names: () => some(3, 'r', 12), run: set, writes: true },
  { weight: 8, names: () => some(8, 'r', 12), run: set, writes: true },
  { weight: 3, names: () => some(2, 'r', 12), run: remove },
  { weight: 3, names: () => first120, run: set, writes: true },
  { weight: 1, names: () => first120, run: remove },
  { weight: 2, names: () => some(1, 'r', 12), run: edit, writes: true, byHand: true },
  { weight: 1, names: () => some(1, 'r', 12), run: removeFile },
  { weight: 2, names: () => [], run: reopen },
]
const DECK = CHANGES.flatMap((change) => Array.from({ length: change.weight }, () => change))

await store.open({ signal, logger })
for (let n = Number(first); ; n += 1) {
  const { names, run, writes, byHand } = DECK[pick(DECK.length)]
  const chosen = names()
  say({ begun: chosen, byHand, ...(writes && { n }) })
  await run(chosen, n)
  say({ done: chosen, ...(writes && { n }) })
}
