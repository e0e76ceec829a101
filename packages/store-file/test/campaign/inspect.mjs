import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const { signal } = new AbortController()
const silent = () => undefined
const logger = { debug: silent, info: silent, warn: silent, error: silent }

/** Reads every record with the store: the `n` of each. */
export async function readWithStore(plugin, directory, { readOnly }) {
  const store = plugin.create({ directory, journal: true }, { logger })
  await store.open({ signal, logger, readOnly })
  const names = []
  for await (const name of store.list({ signal })) names.push(name)
  const records = await store.getMany(names, { signal })
  await store.close()
  return new Map([...records].map(([name, record]) => [name, record.n]))
}

/** Reads every record from its file, as a person or an older release does. */
export function readFiles(directory) {
  const files = readdirSync(directory).filter((name) => name.endsWith('.json'))
  return new Map(files.map((name) => [name.slice(0, -5), JSON.parse(readFileSync(join(directory, name), 'utf8')).n]))
}

/** What a clean close should not leave. */
export function leftovers(directory) {
  const inside = (name) => (existsSync(join(directory, name)) ? readdirSync(join(directory, name)) : [])
  const aside = readdirSync(directory).filter((name) => /\.(?:corrupt|superseded)-/.test(name))
  return [...inside('.tmp'), ...inside('.journal'), ...aside]
}
