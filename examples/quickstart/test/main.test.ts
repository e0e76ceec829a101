import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { startGateway } from '../../../scripts/demo/gateway.mjs'
import { openSandbox } from '../../../scripts/demo/sandbox.mjs'
import { childEnvironment } from '../../../scripts/lib/environment.mjs'
import { tool } from '../../../scripts/lib/root.mjs'
import { run } from '../../../scripts/lib/run.mjs'
import { runDemo } from './support/private-demo.ts'

// The gateway, the demo and the drill run built, as for a reader. The tests are in one file, so that only one build
// runs at a time.
beforeAll(async () => {
  const args = ['run', 'build', '--filter=@sessionkeep/quickstart...', '--filter=@sessionkeep/drill...']
  const { code, output } = await run(tool('turbo'), args, { env: childEnvironment() })
  expect(code, output).toBe(0)
})

function fixture() {
  const opened = openSandbox()
  onTestFinished(async () => expect(await opened.close()).toEqual([]))
  return opened
}

describe('the gateway', () => {
  it('answers with what the command printed and its exit code', async () => {
    const gateway = await startGateway(fixture(), 'file')
    expect(await gateway.ask('docs', 'echo one; echo two')).toEqual({ done: true, exitCode: 0, output: 'one\ntwo' })
    expect(await gateway.ask('docs', "printf '%s' \"it's\"")).toEqual({ done: true, exitCode: 0, output: "it's" })
    expect(await gateway.ask('docs', 'false')).toEqual({ done: true, exitCode: 1, output: '' })
    expect(await gateway.ask('docs', 'echo "')).toMatchObject({ done: true, output: expect.stringContaining('rror') })
  })

  it('reports that a command still runs when it takes longer than the caller waits', async () => {
    const gateway = await startGateway(fixture(), 'file', { GATEWAY_ANSWER_MS: '300' })
    expect(await gateway.ask('docs', 'echo begun; sleep 60')).toEqual({ done: false, output: 'begun' })
  })

  it('lists its sessions and where they are kept, and saves one at once', async () => {
    const own = fixture()
    const gateway = await startGateway(own, 'file')
    await gateway.ask('docs', 'true')
    expect(await gateway.save('docs')).toMatchObject({ durability: 'power', stores: ['file'] })
    expect(JSON.parse(own.records().get('quick-docs.json') ?? '')).toMatchObject({ totalRequests: 1, status: 'idle' })
    expect(await gateway.effective()).toMatchObject({ stores: ['file'], reason: 'ok' })
    const [session] = await gateway.list()
    expect(session).toMatchObject({
      workspace: 'docs',
      totalRequests: 1,
      attributes: { lastCommand: 'true' },
      saved: true,
    })
  })

  it.each([
    ['GET', '/nothing', undefined, 'there is no GET /nothing'],
    ['POST', '/sessions/docs/ask', { command: 'two\nlines' }, 'one line for the shell'],
    ['POST', '/sessions/a%20b/ask', { command: 'true' }, 'is no valid workspace'],
    ['DELETE', '/sessions/docs', undefined, 'no session of workspace "docs"'],
  ])('refuses %s %s', async (method, path, body, message) => {
    const gateway = await startGateway(fixture(), 'file')
    await expect(gateway.call(method, path, body)).rejects.toThrow(message)
  })

  it('lets no other user connect, and the sessions keep the umask of the gateway', async () => {
    const gateway = await startGateway(fixture(), 'file')
    expect(statSync(gateway.socket).mode & 0o777).toBe(0o600)
    const umask = process.umask().toString(8).padStart(4, '0')
    expect((await gateway.ask('docs', 'umask')).output).toBe(umask)
  })

  it('takes over the socket of a killed gateway, and never that of a running one', async () => {
    const own = fixture()
    await (await startGateway(own, 'file')).end('SIGKILL')
    const living = await startGateway(own, 'file')
    await expect(startGateway(own, 'file')).rejects.toThrow('EADDRINUSE')
    expect(await living.list()).toEqual([])
  })

  it('saves everything when it is stopped, and keeps the sessions', async () => {
    const own = fixture()
    const gateway = await startGateway(own, 'file')
    await gateway.ask('docs', 'true')
    expect(await gateway.call('POST', '/stop')).toEqual({ saved: 1, unsaved: [] })
    expect(JSON.parse(own.records().get('quick-docs.json') ?? '')).toMatchObject({ totalRequests: 1 })
    expect([...own.panes().keys()]).toEqual(['quick-docs'])
  })
})

describe('npm run demo', { timeout: 90_000 }, () => {
  it('exits 0 when every claim holds, and leaves nothing', async () => {
    const { code, output, leftovers } = await runDemo({})
    expect(output).toContain('claims held, 0 did not')
    expect(output).not.toContain('✗')
    expect(output).not.toContain('\u001b')
    expect({ code, leftovers }).toEqual({ code: 0, leftovers: [] })
  })

  it('exits 1 when the claims do not hold, and leaves nothing', async () => {
    const { code, output, leftovers } = await runDemo({ DEMO_STORE: 'none' })
    expect(output).toContain('✗ the same request counts')
    expect(output).toContain('✗ the three records are readable JSON files')
    expect({ code, leftovers }).toEqual({ code: 1, leftovers: [] })
  })

  it('exits 1 when the gateway cannot start, prints why, and leaves nothing', async () => {
    const { code, output, leftovers } = await runDemo({ DEMO_DIRECTORY: '/dev/full' })
    expect(output).toMatch(/✗ the gateway did not start: .*\/dev\/full/)
    expect({ code, leftovers }).toEqual({ code: 1, leftovers: [] })
  })

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('leaves nothing when it is interrupted by %s', async (signal, expected) => {
    const { code, leftovers } = await runDemo({}, { at: '2. kill -9', signal })
    expect({ code, leftovers }).toEqual({ code: expected, leftovers: [] })
  })

  it('names the package to install when tmux is missing', async () => {
    const empty = mkdtempSync(join(tmpdir(), 'skd-'))
    onTestFinished(() => rmSync(empty, { recursive: true }))
    const { code, output } = await runDemo({ PATH: empty })
    expect(output).toContain(
      'tmux is missing. Debian: apt-get install tmux; macOS: brew install tmux; Fedora: dnf install tmux',
    )
    expect(code).toBe(1)
  })
})

describe('npm run drill', { timeout: 90_000 }, () => {
  it('exits 0 when every claim holds, and leaves nothing', async () => {
    const { code, output, leftovers } = await runDemo({}, undefined, 'drill')
    expect(output).toMatch(/^\d+ requests, 0 lost, 0 not acknowledged/m)
    expect(output).not.toContain('✗')
    expect({ code, leftovers }).toEqual({ code: 0, leftovers: [] })
  })

  it('leaves nothing when it is interrupted', async () => {
    const { code, leftovers } = await runDemo({}, { at: 'Six steps', signal: 'SIGTERM' }, 'drill')
    expect({ code, leftovers }).toEqual({ code: 143, leftovers: [] })
  })
})
