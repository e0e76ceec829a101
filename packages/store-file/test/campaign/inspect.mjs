import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const { signal } = new AbortController()
const silent = () => undefined
const logger = { debug: silent, info: silent, warn: silent, error: silent }

/** What is found instead of a value when a change by hand was killed half-way. */
export const TORN = 'torn'

/** Reads every record with the store: the `n` of each. */
export async function readWithStore(plugin, directory, { readOnly }) {
  const store = plugin.create({ directory, journal: true }, { logger })
  await store.open({ signal, logger, readOnly })
  try {
    const names = []
    for await (const name of store.list({ signal })) names.push(name)
    const records = await read(store, names)
    return new Map(names.map((name) => [name, records.has(name) ? records.get(name).n : TORN]))
  } finally {
    await store.close()
  }
}

async function read(store, names) {
  try {
    return await store.getMany(names, { signal })
  } catch (error) {
    const others = [...(error.failed ?? [])].filter(([, { code }]) => code !== 'STORE_RECORD_UNREADABLE')
    if (!error.failed || others.length > 0) throw error
    return error.values
  }
}

/** Reads every record from its file, as a person or an older release does. */
export function readFiles(directory) {
  const files = readdirSync(directory).filter((name) => name.endsWith('.json'))
  return new Map(files.map((name) => [name.slice(0, -5), valueIn(readFileSync(join(directory, name), 'utf8'))]))
}

function valueIn(text) {
  try {
    return JSON.parse(text).n
  } catch {
    return TORN
  }
}

/** What a clean close should not leave. */
export function leftovers(directory) {
  const inside = (name) => (existsSync(join(directory, name)) ? readdirSync(join(directory, name)) : [])
  const aside = readdirSync(directory).filter((name) => /\.(?:corrupt|superseded)-/.test(name))
  return [...inside('.tmp'), ...inside('.journal'), ...aside]
}
