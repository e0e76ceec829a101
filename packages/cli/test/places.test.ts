import { readdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { built } from '../../../test/support/built.ts'
import { Interrupted } from '../src/errors.ts'
import { answer, directoryWith, record, sessionkeep } from './support/fixture.ts'
import { shell } from './support/shell.ts'

const program = built(fileURLToPath(new URL('../src/main.ts', import.meta.url)))

describe('the place that a call names', () => {
  it('gives next steps that can be pasted into a shell and lead to the records of the same pool', async () => {
    const directory = directoryWith([record('docs')])
    const given = [
      '--from',
      'file',
      '--to',
      "lowdb:it's my db.json",
      '--pool-id',
      'a',
      '--config',
      'sessionkeep.config.json',
    ]
    const line = String.raw`--from file --to 'lowdb:it'\''s my db.json' --config sessionkeep.config.json --pool-id a`
    const stepOf = async (words: readonly string[]) => (await answer(directory, words)).answer.next_steps
    expect(await stepOf(['copy', ...given, '--dry-run'])).toMatchObject([{ command: `sessionkeep copy ${line}` }])
    expect(await stepOf(['copy', ...given])).toMatchObject([{ command: `sessionkeep verify ${line}` }])
    expect(await stepOf(['show', 'none', '--store', 'file'])).toMatchObject([
      { command: 'sessionkeep ls --all --store file' },
    ])
  })

  it('says that it was interrupted and can be run again, and not that the store failed', async () => {
    const directory = directoryWith([record('docs')])
    const interrupted = new AbortController()
    process.once('sessionkeep:test-reads' as never, () => interrupted.abort(new Interrupted('SIGINT')))
    // As the stores on files do, it reports a call that was given up as one that took too long.
    writeFileSync(
      `${directory}/hung.mjs`,
      `const givenUp = () => Object.assign(new Error('The caller gave the call up.'), { code: 'STORE_TIMEOUT' })
      const getMany = (names, { signal }) => new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(givenUp()))
        process.emit('sessionkeep:test-reads')
      })
      const capabilities = { durability: 'power', retains: true, shared: true }
      const options = { '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) } }
      const others = { setMany: async () => {}, deleteMany: async () => {}, async *list() { yield 'claude-docs' } }
      export default { name: 'hung', apiVersion: 1, options, create: () => ({ name: 'hung', capabilities, getMany, ...others }) }`,
    )
    const line = ['copy', '--from', './hung.mjs', '--to', 'lowdb:db.json', '--json']
    const { code, out, err } = await sessionkeep(directory, line, { signal: interrupted.signal })
    expect(code).toBe(130)
    expect(err).toMatch(/^error: It was interrupted by SIGINT\.$/m)
    expect(err).not.toContain('STORE_TIMEOUT')
    const step = { do: 'Run the same command again. It goes on where it stopped.' }
    expect(JSON.parse(out)).toMatchObject({ ok: false, next_steps: [step] })
    expect(err).toContain(`next: ${step.do}\n`)
  })

  it.each([
    [['copy', '--from', 'file:./typo', '--to', 'lowdb:db.json']],
    [['verify', '--from', 'lowdb:typo.json', '--to', 'file']],
    [['export', '--store', 'file:./typo']],
    [['ls', '--store', 'lowdb:typo.json']],
  ])('must exist to be read, because a missing one is an error and not an empty store: %j', async (line) => {
    const directory = directoryWith([record('docs')])
    const { code, err } = await sessionkeep(directory, line)
    expect({ code, err }).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^error: There is no .*typo.*CLI_USAGE/),
    })
    expect(readdirSync(directory)).toEqual(['sessionkeep.config.json', 'sessions'])
  })
})

it('a copy that is done before it notices a signal says so, and ends with 0', async () => {
  const directory = directoryWith([record('docs')])
  writeFileSync(
    `${directory}/last.mjs`,
    `const records = new Map()
    const capabilities = { durability: 'power', retains: true, shared: true }
    const options = { '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) } }
    const signalled = new Promise((resolve) => process.once('SIGTERM', resolve))
    const store = {
      name: 'last', capabilities,
      getMany: async (names) => new Map([...records].filter(([name]) => names.includes(name))),
      async setMany(given) {
        for (const [name, value] of given) records.set(name, value)
        process.kill(process.pid, 'SIGTERM')
        // A process does not wait for a signal alone.
        const waiting = setInterval(() => undefined, 1000)
        await signalled
        clearInterval(waiting)
      },
      deleteMany: async (names) => { for (const name of names) records.delete(name) },
      async *list() { yield* records.keys() },
    }
    export default { name: 'last', apiVersion: 1, options, create: () => store }`,
  )
  const { code, out } = await shell(directory, 'sessionkeep copy --from file --to ./last.mjs --json', {}, program)

  expect({ code, ...JSON.parse(out) }).toMatchObject({ code: 0, ok: true, written: 1 })
})

it('a copy is done when everything is written, also if the store needs long to close', async () => {
  const directory = directoryWith([record('docs')])
  writeFileSync(
    `${directory}/slow.mjs`,
    `const methods = {
      getMany: async () => new Map(), setMany: async () => {}, deleteMany: async () => {}, async *list() {},
      close: () => new Promise(() => {}),
    }
    const capabilities = { durability: 'power', retains: true, shared: false }
    const options = { '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) } }
    export default { name: 'slow', apiVersion: 1, options, create: () => ({ name: 'slow', capabilities, ...methods }) }`,
  )
  const line = ['copy', '--from', 'file', '--to', './slow.mjs', '--timeout', '3000']
  const { code, out, err } = await sessionkeep(directory, line)
  expect({ code, out, err }).toMatchObject({
    code: 0,
    out: expect.stringContaining('wrote 1'),
    err: expect.stringContaining('is not closed yet'),
  })
})

describe('a connection string in a wrong place', () => {
  const uri = 'redis://me:a@hunter2@h:6379'

  it.each([
    [['ls', `--stroe=${uri}`]],
    [['ls', '--store', uri]],
    [['ls', '--store', 'redis//me:hunter2@h']],
    [['status', '--output', uri]],
    [[uri]],
  ])('shows no password in the answer to %j', async (words) => {
    const directory = directoryWith([record('docs')])
    for (const line of [words, [...words, '--json']]) {
      const { code, out, err } = await sessionkeep(directory, line)
      expect(code).not.toBe(0)
      expect(`${out}${err}`).not.toContain('hunter2')
      expect(`${out}${err}`).toContain('error')
    }
  })
})
