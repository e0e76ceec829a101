import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, linkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { answerSchema } from '../src/answers.ts'
import { missing } from '../src/commands/wait.ts'
import { commands } from '../src/commands.ts'
import { answer, directoryWith, ENDED, record, sessionkeep } from './support/fixture.ts'
import { startGateway } from './support/gateway.ts'

/** A store whose open() never settles before it is given up. */
const HANGING_STORE = `
const options = { '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) } }
const open = ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
const nothing = async () => undefined
const create = () => ({
  ...{ name: 'hanging', capabilities: { durability: 'power', retains: true, shared: false } },
  ...{ open, setMany: nothing, deleteMany: nothing, getMany: async () => new Map(), list: async function* () {} },
})
export default { name: 'hanging', apiVersion: 1, options, create }
`

describe('with a gateway running', () => {
  it('every command that talks to it answers as its schema says', async () => {
    const { directory } = await startGateway({ mirror: ['lowdb'], stores: stores() })
    const lines = [
      ...[
        ['ls'],
        ['ls', '--all'],
        ['show', 'docs'],
        ['ended'],
        ['watch', '--count', '1'],
        ['attach', 'docs'],
        ['status'],
      ],
      ...[['send', 'docs', 'echo hello'], ['keys', 'docs', 'C-c'], ['capture', 'docs', '--history', '10'], ['explain']],
      ...[
        ['resume', '--dry-run'],
        ['resume'],
        ['wait'],
        ['switch', 'lowdb'],
        ['rollback'],
        ['wait'],
        ['switch', 'auto'],
      ],
    ]
    const untried = commands.filter(({ name, needsGateway }) => needsGateway && !lines.some(([verb]) => verb === name))
    expect(untried).toEqual([])
    for (const line of lines) {
      const { answer: given } = await answer(directory, line)
      const command = commands.find(({ name }) => name === line[0])
      const checked = command && answerSchema(command).safeParse(given)
      expect({ line, error: given.error, ...checked }).toMatchObject({ line, error: undefined, success: true })
    }
  })

  it('ls, show, status and explain say what the gateway says, with changes that no store has yet', async () => {
    const { directory, pool } = await startGateway({ flushIntervalMs: 600_000 })
    await pool.withRequest('docs', () => undefined)
    for (const line of [['ls'], ['status'], ['explain'], ['show', 'docs']]) {
      expect((await answer(directory, line)).answer).toMatchObject({ ok: true, source: 'gateway' })
    }
    expect((await answer(directory, ['ls'])).answer).toMatchObject({
      sessions: [{ workspace: 'docs', totalRequests: 1 }],
    })
    expect((await answer(directory, ['ls', '--store', 'file'])).answer).toMatchObject({
      source: 'store',
      sessions: [{ totalRequests: 0 }],
    })
  })

  it('export exits 2 when the sessions of the gateway are saved in another place', async () => {
    const { directory, pool } = await startGateway()
    await pool.saveSessionMetadata('docs')
    expect((await answer(directory, ['export', '--output', 'all.ndjson'])).answer).toMatchObject({ ok: true, count: 1 })
    const env = { SESSIONKEEP_SOCKET: `${directory}/sessions/sessionkeep.sock` }
    const other = directoryWith([])
    const { code, answer: given } = await answer(other, ['export', '--output', 'none.ndjson'], env)
    expect([code, given]).toMatchObject([2, { ok: false, count: 0, elsewhere: ['claude-docs'] }])
    expect((await answer(other, ['export', '--store', 'file', '--output', 'file.ndjson'], env)).code).toBe(0)
  })

  it('export says at once that a gateway does not answer, and does not wait for its whole --timeout', async () => {
    const directory = directoryWith([record('docs')])
    const hung = createServer(() => undefined).listen(`${directory}/sessions/sessionkeep.sock`)
    onTestFinished(() => void hung.close())
    await once(hung, 'listening')
    // That would take an hour, and the test is red long before.
    const { code, err } = await sessionkeep(directory, ['export', '--output', 'a.ndjson', '--timeout', '3600000'])
    expect({ code, err }).toMatchObject({
      code: 0,
      err: expect.stringMatching(/^warning: No gateway answers at .*sock/),
    })
  })

  it('doctor exits 2 when the records of the gateway are in another place than the selected stores', async () => {
    const { directory, pool } = await startGateway()
    await pool.saveSessionMetadata('docs')
    const env = { SESSIONKEEP_SOCKET: `${directory}/sessions/sessionkeep.sock` }
    const problems = async (cwd: string, variables: NodeJS.ProcessEnv = {}) => {
      const { code, answer: given } = await answer(cwd, ['doctor'], { ...env, ...variables })
      const findings = given.findings as ReadonlyArray<Record<string, string>>
      return [code, findings.flatMap(({ severity, found }) => (severity === 'problem' ? [found] : []))]
    }
    expect(await problems(directory)).toEqual([0, []])
    const found = expect.stringMatching(/^The selected stores lack the records of 1 session .*, such as claude-docs\.$/)
    expect(await problems(directoryWith([]))).toEqual([2, [found]])
    expect(await problems(directory, { SESSIONKEEP_POOL_ID: 'other' })).toEqual([2, [found]])
    expect(await problems(directoryWith([]), { SESSIONKEEP_DIRECTORY: `${directory}/sessions` })).toEqual([0, []])
  })

  it('doctor asks it for its host, its stores and its selection, and exits 2 for a problem', async () => {
    const { directory, pool, byHttp } = await startGateway({ mirror: ['lowdb'], stores: stores() })
    const found = async (...args: string[]) => {
      const { code, answer: given } = await answer(directory, ['doctor', ...args], byHttp.env)
      const findings = given.findings as ReadonlyArray<Record<'subject' | 'severity' | 'found' | 'do', string>>
      return { code, findings: findings.filter(({ subject }) => /gateway|persistence/.test(subject)) }
    }
    const well = await found()
    expect(well.code).toBe(0)
    expect(well.findings).toMatchObject([
      { subject: 'gateway', severity: 'ok', found: expect.stringContaining(`pid ${process.pid}`) },
      { subject: 'persistence', severity: 'ok', found: expect.stringMatching(/file, lowdb: ok/) },
    ])
    await pool.switchStore('lowdb')
    expect((await found(...byHttp.args)).findings).toContainEqual(
      expect.objectContaining({ severity: 'warning', found: 'A restart selects file, lowdb and not lowdb.' }),
    )
    await pool.rollback()
    expect(await found()).toMatchObject({
      code: 2,
      findings: [{}, { subject: 'persistence', severity: 'problem', do: expect.stringContaining('switch auto') }],
    })
    expect(await found('--socket', './nowhere.sock')).toMatchObject({
      code: 2,
      findings: [{ subject: 'gateway', severity: 'problem' }],
    })
  })

  it('finds the gateway of a pool with an id beside its lock, and does not ask one of another pool', async () => {
    const { directory } = await startGateway({ poolId: 'a' })
    expect((await answer(directory, ['ls'])).answer).toMatchObject({
      source: 'gateway',
      sessions: [{ workspace: 'docs' }],
    })
    linkSync(`${directory}/sessions/a/sessionkeep.sock`, `${directory}/sessions/sessionkeep.sock`)
    const { out, err } = await sessionkeep(directory, ['ls', '--json', '--pool-id', 'b'])
    expect(JSON.parse(out)).toMatchObject({ source: 'store', sessions: [] })
    expect(err).toMatch(/^warning: The gateway at .*sessionkeep.sock is not of the pool b, so it is not asked/)
  })

  it('asks it by HTTP with its token, and does not print a wrong one', async () => {
    const { directory, byHttp } = await startGateway()
    const { args, env } = byHttp
    expect((await answer(directory, ['ls', ...args], env)).answer).toMatchObject({ ok: true, source: 'gateway' })
    const wrong = await sessionkeep(directory, ['ls', ...args], { env: { SESSIONKEEP_TOKEN: 'wrong-token-of-mine' } })
    expect(wrong.code).toBe(1)
    expect(wrong.err).toContain('[UNAUTHORIZED]')
    expect(wrong.err + wrong.out).not.toContain('wrong-token')
  })

  it('types into a session, and shows its screen as text', async () => {
    const { directory } = await startGateway()
    await sessionkeep(directory, ['send', 'docs', '-'], { stdin: "printf '\\033[31mred-%s\\n' one\n" })
    await expect.poll(async () => (await sessionkeep(directory, ['capture', 'docs'])).out).toMatch(/^red-one$/m)
    const { out } = await sessionkeep(directory, ['capture', 'docs', '--escapes'])
    expect(out).toContain('\u001b[31m')
    expect((await sessionkeep(directory, ['attach', 'docs', '--print'])).out).toMatch(
      /tmux .*attach.* '=claude-docs'\n$/,
    )
  })

  it('switches and rolls back, and wait says when a step is done', async () => {
    const { directory, pool } = await startGateway({ mirror: ['lowdb'], stores: stores() })
    expect(await sessionkeep(directory, ['wait'])).toMatchObject({ code: 0, out: 'done: file, lowdb\n' })
    expect((await sessionkeep(directory, ['switch', 'lowdb', '--mirror', 'file'])).code).toBe(0)
    expect((await sessionkeep(directory, ['wait'])).code).toBe(0)
    expect((await sessionkeep(directory, ['rollback', '--reason', 'a test'])).out).toMatch(
      /^from lowdb, file to memory in \d+ ms/,
    )
    expect(pool.persistence().desired).toMatchObject({ store: 'memory', reason: 'a test' })
    expect(await sessionkeep(directory, ['wait'])).toMatchObject({
      code: 2,
      out: expect.stringContaining('rolled-back'),
    })
    expect((await sessionkeep(directory, ['status'])).code).toBe(2)
    expect((await sessionkeep(directory, ['switch', 'auto'])).code).toBe(0)
    expect((await sessionkeep(directory, ['wait'])).code).toBe(0)
  })

  it('refuses to switch to a store that cannot be used, and says that nothing changed', async () => {
    const { directory, pool } = await startGateway()
    const { code, err } = await sessionkeep(directory, ['switch', 'redis'])
    expect(code).toBe(1)
    expect(err).toContain('The store for redis is named "keyv"')
    expect(pool.persistence().effective.stores).toEqual(['file'])
  })

  it('says why the gateway has given a switch up, and not that it does not answer', async () => {
    const { directory, pool } = await startGateway()
    writeFileSync(`${directory}/hanging.mjs`, HANGING_STORE)
    const { code, err } = await sessionkeep(directory, ['switch', `${directory}/hanging.mjs`, '--timeout', '200'])
    expect({ code, err }).toMatchObject({ code: 1, err: expect.stringContaining('[STORE_TIMEOUT]') })
    expect(pool.persistence().effective.stores).toEqual(['file'])
  })

  it('brings a lost session back, and says before what it would do', async () => {
    const { directory, pool } = await startGateway()
    await sessionkeep(directory, ['send', 'docs', 'exit 3'])
    await expect.poll(async () => (await sessionkeep(directory, ['ended'])).out).toMatch(/^docs .*exited 3/m)
    const plan = await answer(directory, ['resume', 'docs', '--dry-run', '--socket', 'sessions/sessionkeep.sock'])
    expect(plan.answer).toMatchObject({
      ...{ ok: true, dryRun: true },
      next_steps: [{ command: 'sessionkeep resume docs --socket sessions/sessionkeep.sock' }],
    })
    expect(pool.getSession('docs')).toBeUndefined()
    expect((await answer(directory, ['resume', 'docs'])).answer).toMatchObject({
      report: { resumed: [{ workspace: 'docs' }] },
    })
    expect(pool.getSession('docs')).toMatchObject({ workspace: 'docs' })
  })
})

describe('with no gateway running', () => {
  it('a command that needs one exits 1 and says what to do', async () => {
    for (const line of [['watch'], ['rollback'], ['send', 'docs', 'x'], ['capture', 'docs'], ['resume']]) {
      const { code, err } = await sessionkeep(directoryWith([]), line)
      expect([line, code]).toEqual([line, 1])
      expect(err).toContain('CLI_NO_GATEWAY')
    }
  })

  it('doctor warns, and says what to do', async () => {
    const { code, answer: given } = await answer(directoryWith([]), ['doctor'])
    expect(code).toBe(0)
    expect(given.findings).toContainEqual({
      ...{ subject: 'gateway', severity: 'warning', found: expect.stringContaining('No gateway runs here') },
      do: expect.stringContaining('SESSIONKEEP_DIRECTORY'),
    })
  })

  it('the next steps can be typed as they are, also when npm ran the command', async () => {
    const step = async (env: NodeJS.ProcessEnv) => (await answer(directoryWith([]), ['watch'], env)).answer.next_steps
    expect(await step({})).toContainEqual(expect.objectContaining({ command: 'sessionkeep status' }))
    expect(await step({ npm_command: 'exec' })).toContainEqual(
      expect.objectContaining({ command: 'npx --no-install sessionkeep status' }),
    )
  })

  it('the next step after a gateway that does not answer is to do without it', async () => {
    const { answer: given } = await answer(directoryWith([]), ['watch', '--socket', '/none.sock', '--pool-id', 'a b'])
    expect(given.next_steps).toContainEqual(expect.objectContaining({ command: "sessionkeep status --pool-id 'a b'" }))
  })

  it('the socket that a killed gateway left is not asked, and the store is read', async () => {
    const directory = directoryWith([record('docs'), record('old', ENDED)])
    const path = `${directory}/sessions/sessionkeep.sock`
    const source = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`
    await new Promise((resolve) => spawn(process.execPath, ['-e', source]).once('exit', resolve))
    expect(existsSync(path)).toBe(true)
    expect((await answer(directory, ['ls'])).answer).toMatchObject({
      source: 'store',
      sessions: [{ workspace: 'docs' }],
    })
  })

  it('fails when the gateway that --socket names does not answer, and reads no store instead', async () => {
    const { code, err } = await sessionkeep(directoryWith([record('docs')]), ['ls', '--socket', '/nowhere.sock'])
    expect(code).toBe(1)
    expect(err).toContain('No gateway answers at /nowhere.sock')
  })

  it('a URL with a login is refused', async () => {
    for (const login of ['hunter22', 'me:hunter22']) {
      const { code, err } = await sessionkeep(directoryWith([]), ['ls', '--url', `http://${login}@127.0.0.1:1/`])
      expect(code).toBe(3)
      expect(err).not.toContain('hunter22')
      expect(err).toContain('SESSIONKEEP_TOKEN')
    }
  })
})

describe('wait', () => {
  const stored = { store: 'file', role: 'primary', state: 'attached', durability: 'power', dirty: 0, oldestDirtyMs: 0 }
  const desired = { store: 'file', mirror: [], layer: 'config' }
  const given = {
    desired,
    effective: { stores: ['file'], reason: 'ok' },
    stores: [stored],
    oldestDirtyMs: 0,
    saved: 1,
    sessions: 1,
    afterRestart: desired,
  }

  it.each([
    ['a step that is done', {}, []],
    [
      'a running switch',
      { switching: { written: 2, total: 5, phase: 'preparing' } },
      ['a switch runs: 2 of 5 sessions are written'],
    ],
    ['a store that is behind', { stores: [{ ...stored, oldestDirtyMs: 5000 }] }, ['file is 5 s behind']],
    ['a store that is not attached', { stores: [{ ...stored, state: 'joining' }] }, ['file is joining']],
    [
      'a switch that failed',
      { failedSwitch: { store: 'keyv', error: { code: 'X', message: 'no' } } },
      ['keyv cannot be made active: no'],
    ],
    ['degraded persistence', { effective: { stores: ['file'], reason: 'degraded' } }, ['persistence is degraded']],
  ])('names what is missing with %s', (_what, changes, expected) => {
    expect(missing({ ...given, ...changes })).toEqual(expected)
  })
})

function stores() {
  return { file: { directory: './sessions' }, lowdb: { file: './db.json' } }
}
