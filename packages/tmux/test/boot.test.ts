import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { alive, eventually, privateServer, stamps } from './support/private-server.ts'

const onLinux = test.runIf(process.platform === 'linux')

describe('boot()', () => {
  onLinux('is the id that the kernel made at the boot', async () => {
    const id = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    expect(await privateServer().host().boot?.()).toBe(id)
  })

  test('is read where tmux runs, through the prefix', async () => {
    const server = privateServer()
    const cat = server.script('cat', 'echo 01234567-89ab-cdef')
    const path = `PATH=${cat.slice(0, cat.lastIndexOf('/'))}:${process.env.PATH}`
    expect(await server.host({ prefix: ['env', path] }).boot?.()).toBe('01234567-89ab-cdef')
  })

  test('is unknown when the answer is no id', async () => {
    const host = privateServer().host({ exec: async () => ({ stdout: 'no such file\n', stderr: '', exitCode: 0 }) })
    expect(await host.boot?.()).toBeUndefined()
  })
})

describe('endedWithServer()', () => {
  test('has the sessions of an earlier server, and none that was killed on the server that answers', async () => {
    const server = privateServer()
    const host = server.host()
    const lost = await host.create('a', { ...stamps, command: 'cat' })
    const pid = await server.pid()
    process.kill(pid, 'SIGKILL')
    await eventually(() => !alive(pid))
    expect(await host.list()).toEqual([])
    expect([...((await host.endedWithServer?.([String(lost.incarnation)])) ?? [])]).toEqual([lost.incarnation])
    await host.create('keep', { ...stamps, command: 'cat' })
    const killed = await host.create('b', { ...stamps, command: 'cat' })
    await host.kill(killed)
    const asked = [lost, killed].map(({ incarnation }) => String(incarnation))
    expect([...((await host.endedWithServer?.([...asked, 'memory.1'])) ?? [])]).toEqual([lost.incarnation])
  })
})

test('hasDirectory() says whether a directory is there', async () => {
  const { host, directory } = privateServer()
  expect(await host().hasDirectory?.(directory)).toBe(true)
  expect(await host().hasDirectory?.(`${directory}/missing`)).toBe(false)
  expect(await host().hasDirectory?.('/etc/passwd')).toBe(false)
})
