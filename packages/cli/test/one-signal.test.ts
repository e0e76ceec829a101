import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { built } from '../../../test/support/built.ts'
import { directoryWith, ENDED, record, sessionkeep } from './support/fixture.ts'
import { shell } from './support/shell.ts'

const program = built(fileURLToPath(new URL('../src/main.ts', import.meta.url)))
const run = (directory: string, line: string) => shell(directory, line, {}, program)

/** A directory with an export, and with the socket of a gateway that has a session with a long note. */
async function withGateway() {
  const directory = directoryWith([record('docs')])
  const sessions = [record('docs', { attributes: { note: 'x'.repeat(300_000) } })]
  const persistence = {
    desired: { store: 'file', mirror: [], layer: 'config' },
    effective: { stores: ['file'], reason: 'ok' },
    ...{ stores: [], oldestDirtyMs: 0, saved: 1, sessions: 1 },
    afterRestart: { store: 'file', mirror: [], layer: 'config' },
  }
  const answers: Record<string, object> = {
    '/sessions': { sessions },
    '/ended': { sessions: [] },
    '/persistence': persistence,
  }
  const gateway = createServer(({ url = '' }, response) => response.end(JSON.stringify(answers[url] ?? {})))
  await new Promise<void>((resolve) => gateway.listen(`${directory}/gateway.sock`, resolve))
  onTestFinished(() => void gateway.close())
  const began = performance.now()
  const { out } = await sessionkeep(directory, ['export'])
  slowest = Math.max(slowest, (performance.now() - began) / 1000)
  writeFileSync(`${directory}/all.ndjson`, out)
  return directory
}

/** How long commands took that do not wait, s. On a busy machine they take longer. */
let slowest = 0
/** Sends one signal to a command once it is likely to wait, and kills it if that does not end it. */
const once = (signal: string) =>
  `timeout --preserve-status -k 40 -s ${signal} ${Math.ceil(3 + 4 * slowest)} sessionkeep`
const SILENT = '< <(exec sleep 60 2>/dev/null)'

it.each([
  ['a text that does not end', 'TERM', `send docs - --json --socket ./gateway.sock ${SILENT}`, 143],
  ['an export on standard input that does not end', 'INT', `import - --json --to lowdb:db.json ${SILENT}`, 130],
  ['a pipe into which nobody writes', 'TERM', 'import pipe --json --to lowdb:db.json', 143],
  ['a module whose import does not end', 'TERM', 'ls --json --store ./never.mjs', 143],
])('one signal ends a command that waits for %s', async (_, signal, command, code) => {
  const directory = await withGateway()
  writeFileSync(`${directory}/never.mjs`, 'await new Promise(() => setInterval(() => undefined, 1000))')
  const printed = await run(directory, `mkfifo pipe; ${once(signal)} ${command}`)
  expect({ code: printed.code, ...JSON.parse(printed.out) }).toMatchObject({ code, error: { code: 'INTERRUPTED' } })
})

it('one signal ends a command whose reader does not read', async () => {
  const directory = await withGateway()
  const line = `${once('TERM')} ls --json --socket ./gateway.sock > >(exec sleep 60 >/dev/null 2>&1)`
  expect((await run(directory, line)).code).toBe(143)
})

it.each(['import <(cat all.ndjson)', 'cat all.ndjson | sessionkeep import /dev/stdin', 'import - < all.ndjson'])(
  'an export comes from a pipe as from a file: %s',
  async (command) => {
    const directory = await withGateway()
    const line = command.startsWith('cat') ? command : `sessionkeep ${command}`
    const { code, out } = await run(
      directory,
      `${line.replace(/import \S+(?: all.ndjson\))?/, '$& --to lowdb:db.json')} --json`,
    )
    expect({ code, ...JSON.parse(out) }).toMatchObject({ code: 0, written: 1 })
  },
)

it('watch prints each answer as a line of JSON, also the last one, and an interruption', async () => {
  const directory = await withGateway()
  const lines = async (args: readonly string[], signal?: AbortSignal) => {
    const given = ['watch', '--json', '--socket', './gateway.sock', ...args]
    const { out } = await sessionkeep(directory, given, signal ? { signal } : {})
    return out
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as object)
  }
  expect(await lines(['--count', '2', '--every', '100'])).toMatchObject([{ ok: true }, { ok: true }])
  const ended = await lines(['--every', '60000'], AbortSignal.timeout(2000))
  expect(ended.at(-1)).toMatchObject({ ok: false, command: 'watch', error: { code: 'INTERRUPTED' } })
  const missing = await sessionkeep(directory, ['watch', '--json', '--socket', './nothing.sock'])
  expect(missing.out.split('\n')).toHaveLength(2)
})

it('a step names a workspace that looks like an option after all options', async () => {
  const odd = { ...record('-x', ENDED), sessionName: 'claude--x' }
  const directory = directoryWith([odd])
  const { out } = await sessionkeep(directory, ['ended', '--json', '--store', 'file'])
  const { next_steps: steps } = JSON.parse(out) as { next_steps: Array<{ command: string }> }
  expect(steps[0]?.command).toBe('sessionkeep show --store file -- -x')
  const [, ...words] = (steps[0]?.command ?? '').split(' ')
  expect(await sessionkeep(directory, words)).toMatchObject({ code: 0, out: expect.stringContaining('-x') })
})
