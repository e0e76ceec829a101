import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { built } from '../../../test/support/built.ts'
import { directoryWith, record } from './support/fixture.ts'
import { startGateway } from './support/gateway.ts'
import { shell } from './support/shell.ts'

const program = built(fileURLToPath(new URL('../src/main.ts', import.meta.url)))
const run = (directory: string, line: string) => shell(directory, line, {}, program)

/** Opens the descriptor 3 as a pipe whose reader has ended, before the command writes to it. */
const PIPE = 'exec 3> >(true); wait $!; '

const COUNT = 2000

/** A directory with a store of many records, one of which is damaged, and an empty store that warns of each batch. Both note their calls. */
function withStores(): string {
  const directory = directoryWith([], { store: './source.mjs', stores: {} })
  const shared = `import { appendFileSync } from 'node:fs'
    const note = (line) => appendFileSync('${directory}/calls', line + '\\n')
    const failure = (code, fields) => Object.assign(new Error(code), { code, ...fields })
    const options = { '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) } }
    const capabilities = { durability: 'power', retains: true, shared: false }
    const store = (name, methods) => ({ name, apiVersion: 1, options, create: () => ({ name, capabilities, ...methods }) })
    `
  const source = `const made = ${JSON.stringify(record('docs'))}
    const names = Array.from({ length: ${COUNT} }, (_, at) => 'claude-' + String(at).padStart(4, '0'))
    const recordOf = (name) => ({ ...made, sessionName: name, workspace: name.slice(7) })
    export default store('source', {
      async getMany(asked) {
        note('read ' + asked.length)
        const values = new Map(asked.slice(1).map((name) => [name, recordOf(name)]))
        if (asked[0] !== names[0]) return values.set(asked[0], recordOf(asked[0]))
        const failed = new Map([[asked[0], failure('STORE_RECORD_UNREADABLE', {})]])
        throw failure('STORE_BATCH_FAILED', { failed, values })
      },
      async setMany() {}, async deleteMany() {}, async *list() { yield* names },
    })`
  const target = `let logger
    export default store('target', {
      async open(context) { logger = context.logger },
      async setMany(records) {
        logger.warn({}, 'a slow batch')
        note('wrote ' + records.size)
      },
      async getMany() { return new Map() }, async deleteMany() {}, async *list() {},
    })`
  writeFileSync(`${directory}/calls`, '')
  writeFileSync(`${directory}/source.mjs`, shared + source)
  writeFileSync(`${directory}/target.mjs`, shared + target)
  return directory
}

/** How many records one of the stores has read or written. */
function countOf(directory: string, what: 'read' | 'wrote'): number {
  const lines = readFileSync(`${directory}/calls`, 'utf8').split('\n')
  return lines.reduce((sum, line) => sum + (line.startsWith(what) ? Number(line.split(' ')[1]) : 0), 0)
}

const COPY = 'sessionkeep copy --from ./source.mjs --to ./target.mjs'

describe('when nobody reads the output any more', () => {
  it.each([
    ['its messages', `${PIPE} ${COPY} 2>&3 >/dev/null`],
    ['its answer', `${PIPE} ${COPY} >&3 2>/dev/null`],
    ['both', `${PIPE} ${COPY} >&3 2>&3`],
  ])('a copy goes on to its end, and exits with its own code: %s', async (_, line) => {
    const directory = withStores()
    expect((await run(directory, line)).code).toBe(2)
    expect(countOf(directory, 'wrote')).toBe(COUNT - 1)
  })

  it.each([
    ['verify --from ./source.mjs --to ./target.mjs', 2],
    ['show nothing', 1],
    ['show nothing --json', 1],
    ['import missing.ndjson --to ./target.mjs', 1],
    ['copy --from redis://:hunter2@h --to ./target.mjs --json', 3],
    ['ls', 0],
  ])('the exit code of %s is %i all the same', async (words, code) => {
    expect((await run(withStores(), `${PIPE} sessionkeep ${words} >&3`)).code).toBe(code)
  })

  it('an export to standard output ends at once without a failure, since it does nothing else', async () => {
    const directory = withStores()
    expect(await run(directory, `${PIPE} sessionkeep export >&3`)).toEqual({ code: 0, out: '', err: '' })
    expect(countOf(directory, 'read')).toBeLessThan(COUNT)
  })

  it('an export into a file is finished', async () => {
    const directory = withStores()
    const { code } = await run(directory, `${PIPE} sessionkeep export --output all.ndjson >&3`)
    expect(code).toBe(2)
    expect(readFileSync(`${directory}/all.ndjson`, 'utf8').split('\n').filter(Boolean)).toHaveLength(COUNT + 1)
  })

  it.each(['', '--json'])('watch ends at once without a failure: %s', async (flag) => {
    const { directory } = await startGateway()
    const line = `${PIPE} sessionkeep watch --every 3600000 ${flag} >&3`
    expect(await run(directory, line)).toEqual({ code: 0, out: '', err: '' })
  })
})
