import { rmSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { alive, eventually, privateServer, stamps } from './support/private-server.ts'

describe('elsewhere()', () => {
  test('finds sessions of a server with another socket, and says which', async () => {
    const [one, other] = [privateServer(), privateServer()]
    const made = await one.host().create('a', { ...stamps, command: 'cat' })
    const host = other.host()
    const mine = await host.create('a', { ...stamps, command: 'cat' })
    expect((await host.list()).map(({ incarnation }) => incarnation)).toEqual([mine.incarnation])
    const found = await host.elsewhere?.([String(made.incarnation)])
    const pid = await one.pid()
    expect([...(found ?? [])]).toEqual([[made.incarnation, expect.stringContaining(`pid ${pid} runs with the socket`)]])
    expect(found?.get(String(made.incarnation))).toContain(one.socketPath)
  })

  test('finds sessions of a server whose socket was removed before this host spoke to it', async () => {
    const server = privateServer()
    const made = await server.host().create('a', { ...stamps, command: 'cat' })
    const pid = await server.pid()
    rmSync(server.socketPath)
    const host = server.host()
    expect(await host.list()).toEqual([])
    const found = await host.elsewhere?.([String(made.incarnation)])
    expect(found?.get(String(made.incarnation))).toContain(`kill -USR1 ${pid}`)
  })

  test('finds none of a server that has ended, or that answers this host', async () => {
    const [one, other] = [privateServer(), privateServer()]
    const made = await one.host().create('a', { ...stamps, command: 'cat' })
    const pid = await one.pid()
    const host = other.host()
    const [mine, gone] = [await host.create('a', stamps), await host.create('b', stamps)]
    await host.kill(gone)
    await host.list()
    process.kill(pid, 'SIGTERM')
    await eventually(() => !alive(pid))
    const asked = [made, mine, gone].map(({ incarnation }) => String(incarnation))
    expect([...((await host.elsewhere?.(asked)) ?? [])]).toEqual([])
  })

  test('takes no other process for a server: not one that is no tmux, nor a tmux that was started at another time', async () => {
    const server = privateServer()
    const host = server.host()
    await host.create('a', { ...stamps, command: 'cat' })
    const [pid, start] = [await server.pid(), await server.tmux('display-message', '-p', '#{start_time}')]
    const other = privateServer().host()
    const earlier = `${pid}.${Number(start) - 1000}.$0`
    const notTmux = `${process.pid}.${Math.floor(Date.now() / 1000)}.$0`
    expect([...((await other.elsewhere?.([earlier, notTmux, 'memory.1'])) ?? [])]).toEqual([])
  })

  test('rejects with HOST_UNAVAILABLE when processes cannot be seen', async () => {
    const host = privateServer().host({ exec: async () => ({ stdout: '', stderr: '', exitCode: 127 }) })
    await expect(host.elsewhere?.(['1234.5.$0'])).rejects.toMatchObject({ code: 'HOST_UNAVAILABLE' })
  })
})
