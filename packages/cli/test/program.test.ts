import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { childEnvironment } from '../../../scripts/lib/environment.mjs'
import { tool } from '../../../scripts/lib/root.mjs'
import { run } from '../../../scripts/lib/run.mjs'
import { commands } from '../src/commands.ts'
import { directoryWith, ENDED, record, sessionkeep } from './support/fixture.ts'
import { startGateway } from './support/gateway.ts'
import { shell } from './support/shell.ts'

// These tests run the program as a user does: built, in a shell.
beforeAll(async () => {
  const { code, output } = await run(tool('turbo'), ['run', 'build', '--filter=@sessionkeep/cli'], {
    env: childEnvironment(),
  })
  expect(code, output).toBe(0)
}, 600_000)

const STORES = { file: { directory: './sessions' }, lowdb: { file: './sessions.json' } }

async function prepared(): Promise<string> {
  const directory = directoryWith([record('docs'), record('old', ENDED)])
  await sessionkeep(directory, ['export', '--output', 'backup.ndjson'])
  await sessionkeep(directory, ['copy', '--from', 'file', '--to', 'lowdb:sessions.json'])
  // This store declares that it keeps nothing, which is easy to keep.
  const schema = `{ '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) } }`
  const core = join(dirname(fileURLToPath(import.meta.url)), '../../core/dist/index.js')
  const source = `import { memoryStore } from '${core}'\nexport default { name: 'own', apiVersion: 1, options: ${schema}, create: memoryStore }\n`
  writeFileSync(join(directory, 'my-store.mjs'), source)
  return directory
}

describe('the examples of the help', () => {
  const examples = commands.flatMap(({ name, examples }) => examples.map((line): [string, string] => [name, line]))

  it('are there for every command, and each runs that command', () => {
    expect(commands.filter(({ examples }) => examples.length === 0)).toEqual([])
    for (const [name, line] of examples) expect(line).toMatch(new RegExp(`(^|\\| )sessionkeep ${name}\\b`))
  })

  it.each(examples)('of %s run: %s', async (name, line) => {
    const needsGateway = commands.find((each) => each.name === name)?.needsGateway
    const directory = needsGateway ? (await startGateway({ stores: STORES })).directory : await prepared()
    const file = /--output (\S+)/.exec(line)?.[1]
    const { code, out, err } = await shell(directory, file ? `rm -f ${file}; ${line}` : line)
    expect({ code, err: err.replace(/^next: .*\n/gm, '') }).toMatchObject({ code: 0 })
    expect(err).not.toContain('error')
    if (!line.includes('>')) expect(out).not.toBe('')
  })

  it.each(commands.map(({ name }) => name))('are in the help of %s', async (name) => {
    const { code, out } = await sessionkeep('/', [name, '--help'])
    const command = commands.find((each) => each.name === name)
    expect(code).toBe(0)
    for (const line of command?.examples ?? []) expect(out).toContain(`  ${line}\n`)
  })
})

describe('the program', () => {
  it('suggests the right command and the right option', async () => {
    const wrong = await sessionkeep('/', ['exprot'])
    expect(wrong).toMatchObject({ code: 1, out: '' })
    expect(wrong.err).toContain('Did you mean export?')
    expect((await sessionkeep('/', ['ls', '--al'])).err).toContain('Did you mean --all?')
    expect((await sessionkeep('/', ['copy', '--to', 'file'])).err).toContain("required option '--from <store>'")
  })

  it.each([[['help', 'exprot']], [['exprot', '--help']]])(
    'suggests the right command when it is asked for help: %j',
    async (line) => {
      const wrong = await sessionkeep('/', line)
      expect(wrong).toMatchObject({ code: 1, out: '', err: expect.stringContaining('Did you mean export?') })
    },
  )

  it('leads to the help of the command whose arguments are wrong', async () => {
    for (const line of [['show'], ['ls', '--jsno'], ['watch', '--every', '10'], ['ls', '--timeout', '0']]) {
      const { code, err } = await sessionkeep('/', line)
      expect({ code, err }).toMatchObject({ code: 1, err: expect.stringContaining(` sessionkeep ${line[0]} --help\n`) })
    }
    expect((await sessionkeep('/', ['watch', '--every', '10'])).err).toContain('a whole number from 100 to 3600000')
  })

  it('lists the command help under a heading of its own', async () => {
    const { out } = await sessionkeep('/', ['--help'])
    expect(out).toMatch(/^Help:\n(?: .*\n)* {2}help \[command\]/m)
    expect(out).not.toContain('\nCommands:')
  })

  it('shows its help without a command on standard error, and with --help on standard output', async () => {
    expect(await sessionkeep('/', [])).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringContaining('Usage: sessionkeep'),
    })
    expect(await sessionkeep('/', ['--help'])).toMatchObject({
      code: 0,
      err: '',
      out: expect.stringContaining('Exit codes'),
    })
    expect((await sessionkeep('/', ['--version'])).out).toMatch(/^\d+\.\d+\.\d+\n$/)
  })

  it('is quiet when the reader of its output stops', async () => {
    const directory = directoryWith(
      Array.from({ length: 3000 }, (_, at) => record(`w${at}`, { attributes: { text: 'x'.repeat(200) } })),
    )
    for (const command of ['ls', 'ls --json', 'export']) {
      const { code, err } = await shell(directory, `set -o pipefail; sessionkeep ${command} | head -1 > /dev/null`)
      expect({ command, code, err }).toEqual({ command, code: 0, err: '' })
    }
  })

  it('says in a line that its output cannot be written', async () => {
    const directory = directoryWith([record('docs')])
    for (const command of ['ls', 'export']) {
      const { code, err } = await shell(directory, `sessionkeep ${command} > /dev/full`)
      expect({ code, err }).toMatchObject({ code: 1, err: expect.stringMatching(/^error: The output cannot .*ENOSPC/) })
    }
  })

  it('says what is wrong with a path', async () => {
    const directory = directoryWith([record('docs')])
    const server = createServer().listen(join(directory, 'x.sock'))
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    for (const [line, message] of [
      [['import', 'x.sock', '--to', 'lowdb:./x.json'], 'is a socket'],
      [['import', '.', '--to', 'lowdb:./x.json'], 'is a directory'],
      [['import', '', '--to', 'lowdb:./x.json'], 'is a directory'],
      [['export', '--output', 'missing/x.ndjson'], 'There is no directory'],
    ] as const) {
      const { code, err } = await sessionkeep(directory, line)
      expect({ code, err }).toMatchObject({ code: 1, err: expect.stringMatching(`${message}.*CLI_NOT_FOUND`) })
    }
  })

  it('puts data on standard output, and all else on standard error', async () => {
    const directory = await prepared()
    const { out, err } = await shell(directory, 'sessionkeep export --json')
    expect(
      out
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as unknown),
    ).toHaveLength(4)
    expect(JSON.parse(err)).toMatchObject({ command: 'export', count: 2 })
  })
})

describe('completion', () => {
  it.each(['bash', 'zsh', 'fish'])('prints a script for %s', async (name) => {
    const { code, out } = await sessionkeep('/', ['completion', name])
    expect(code).toBe(0)
    expect(out).toContain('sessionkeep complete --')
  })

  it('is a script in which zsh does not take the rest of redis:// for a description', async () => {
    expect((await sessionkeep('/', ['completion', 'zsh'])).out).toContain(String.raw`//:/\\:}`)
  })

  it('is a script that bash can read, and that completes commands', async () => {
    const directory = await prepared()
    const line =
      'source <(sessionkeep completion bash); COMP_WORDS=(sessionkeep ver); COMP_CWORD=1; _sessionkeep; echo $COMPREPLY'
    const { out } = await shell(directory, line)
    expect(out.trim()).toBe('verify')
  })

  it.each([
    [['co'], ['conformance', 'copy', 'completion']],
    [['copy', '--fr'], ['--from']],
    [
      ['copy', '--from', 'lo'],
      ['lowdb', 'lowdb:'],
    ],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish'],
    ],
  ])('offers after %j what can follow', async (words, expected) => {
    const { out } = await sessionkeep('/', ['complete', '--', ...words])
    const offered = out.split('\n').flatMap((line) => (line.includes('\t') ? [line.split('\t')[0]] : []))
    expect(offered).toEqual(expected)
  })
})
