import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { eventually, privateServer, stamps } from './support/private-server.ts'
import { hasSsh, sshServer } from './support/ssh-server.ts'

describe.skipIf(!hasSsh)('through a real sshd whose account prints before and after each command', () => {
  test('a session is created, typed into, read, followed and ended, and no line of the account is part of an answer', async () => {
    const server = privateServer()
    const ssh = await sshServer(server.directory)
    const host = server.host({ prefix: ssh.prefix(), shell: true, timeoutMs: 20_000 })
    expect(await host.list()).toEqual([])
    const env = { GREETING: `it's "#{pid}" $HOME` }
    const made = await host.create('a', { ...stamps, env, cwd: server.directory, command: ['sh', '-c', 'pwd; cat'] })
    expect(await host.list()).toMatchObject([{ sessionName: 'a', incarnation: made.incarnation, exited: false }])
    await host.sendText(made, `a 'quoted' "text" $HOME #{pid}`, { submit: true })
    await eventually(async () => (await host.capture(made)).includes(`a 'quoted' "text" $HOME #{pid}`))
    const screen = await host.capture(made)
    expect(screen).toContain(server.directory)
    expect(screen).not.toMatch(/Welcome|bye|12\.34/)
    expect(await host.tmux(['display-message', '-p', '#{session_name}'])).toBe('a\n')
    const chunks = host.output?.(made)[Symbol.asyncIterator]() ?? expect.unreachable()
    await chunks.next()
    await host.sendText(made, 'followed', { submit: true })
    const { value } = await chunks.next()
    expect(Buffer.from(value?.data ?? []).toString()).toMatch(/^followed/)
    await chunks.return?.()
    await host.kill(made)
    expect(await host.list()).toEqual([])
  })

  test('a command that ends at once is told with its exit code', async () => {
    const server = privateServer()
    const ssh = await sshServer(server.directory)
    const host = server.host({ prefix: ssh.prefix(), shell: true, timeoutMs: 20_000 })
    await host.create('keep', { ...stamps, command: 'cat' })
    const made = await host.create('a', { ...stamps, command: ['no-such-agent'] })
    const end = made.end ?? (await host.list()).find(({ sessionName }) => sessionName === 'a')?.end
    expect(end).toMatchObject({ exitCode: 127 })
    // tmux can notice the end before it has read the last output, which is lost then.
    expect(end?.screen ?? '').toMatch(/^$|^[^\n]*not found$/)
  })

  test('a slow link only takes longer, and a broken one is unavailable and not empty, until it is back', async () => {
    const server = privateServer()
    const ssh = await sshServer(server.directory)
    const link = await ssh.link()
    const host = server.host({ prefix: ssh.prefix(link.port), shell: true, timeoutMs: 20_000 })
    const made = await host.create('a', { ...stamps, command: 'cat' })
    link.delayMs = 30
    expect(await host.list()).toMatchObject([{ incarnation: made.incarnation }])
    link.delayMs = 0
    link.cut(true)
    const calls = [host.list(), host.capture(made), host.sendText(made, 'x'), host.kill(made)]
    await Promise.all(calls.map((call) => expect(call).rejects.toMatchObject({ code: 'HOST_UNAVAILABLE' })))
    link.cut(false)
    expect(await host.list()).toMatchObject([{ incarnation: made.incarnation, exited: false }])
  })

  test('a link that is cut during a call makes it unavailable', async () => {
    const server = privateServer()
    const ssh = await sshServer(server.directory)
    const link = await ssh.link()
    const host = server.host({ prefix: ssh.prefix(link.port), shell: true, timeoutMs: 20_000 })
    await host.create('a', { ...stamps, command: 'cat' })
    link.delayMs = 200
    const listing = host.list()
    await new Promise((resolve) => setTimeout(resolve, 300))
    link.cut(true)
    await expect(listing).rejects.toMatchObject({ code: 'HOST_UNAVAILABLE' })
  })

  test('another host key is unavailable and not empty', async () => {
    const server = privateServer()
    const ssh = await sshServer(server.directory)
    const host = server.host({ prefix: ssh.prefix(), shell: true, timeoutMs: 20_000 })
    await host.create('a', { ...stamps, command: 'cat' })
    await ssh.changeHostKey()
    await expect(host.list()).rejects.toMatchObject({
      code: 'HOST_UNAVAILABLE',
      message: expect.stringContaining('HOST IDENTIFICATION HAS CHANGED'),
    })
  })

  test('one connection that several calls share (ControlMaster) does not hold up a call', async () => {
    const server = privateServer()
    const ssh = await sshServer(server.directory)
    const control = join(server.directory, 'c')
    const prefix = ssh.prefix(undefined, 'ControlMaster=auto', 'ControlPersist=60', `ControlPath=${control}`)
    const host = server.host({ prefix, shell: true, timeoutMs: 20_000 })
    onTestFinished(
      () => void execFileSync('ssh', ['-O', 'exit', '-o', `ControlPath=${control}`, 'x'], { stdio: 'ignore' }),
    )
    const made = await host.create('a', { ...stamps, command: 'cat' })
    const screens = await Promise.all(Array.from({ length: 8 }, () => host.capture(made)))
    expect(new Set(screens).size).toBe(1)
    expect(await host.list()).toMatchObject([{ incarnation: made.incarnation }])
  })
})
