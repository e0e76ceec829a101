import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'

/** Creates a directory with these files for one test. A text is written as it is, and any other value as JSON. */
export function makeFixture(files: Readonly<Record<string, unknown>> = {}): string {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'sk-select-')))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  for (const [name, content] of Object.entries(files)) {
    const file = join(directory, name)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
  }
  return directory
}

/** The source of a plug-in module that imports nothing. */
export function pluginSource({ name = 'third', apiVersion = 1, extra = '' } = {}): string {
  return `${extra}
const records = new Map()
export default {
  name: '${name}',
  apiVersion: ${apiVersion},
  options: { '~standard': { version: 1, vendor: 'test', validate: (value) =>
    value.bad ? { issues: [{ message: 'must not be bad', path: ['bad'] }] } : { value } } },
  create: (options) => ({
    name: '${name}', options,
    capabilities: { durability: 'none', retains: true, shared: false },
    async getMany(names) { return new Map(names.filter((name) => records.has(name)).map((name) => [name, records.get(name)])) },
    async setMany(batch) { for (const [name, record] of batch) records.set(name, record) },
    async deleteMany(names) { for (const name of names) records.delete(name) },
    async *list() { yield* [...records.keys()] },
  }),
}
`
}
