import { expect, test } from 'vitest'
import { alive, eventually, privateServer, stamps } from './support/private-server.ts'

test('survivors() finds the command that outlived its server, and no process that only has its id', async () => {
  const server = privateServer()
  const host = server.host()
  const stubborn = "trap '' HUP; echo ready; while :; do sleep 0.1; done"
  const made = await host.create('a', { ...stamps, command: ['sh', '-c', stubborn] })
  const plain = await host.create('b', { ...stamps, command: 'cat' })
  await eventually(async () => (await host.capture(made)).includes('ready'))
  const pid = await server.pid()
  process.kill(pid, 'SIGKILL')
  await eventually(() => !alive(pid) && !alive(Number(plain.pid)))
  const asked = [made, plain].map(({ incarnation, pid: of }) => ({ incarnation: String(incarnation), pid: Number(of) }))
  const own = { incarnation: String(plain.incarnation), pid: process.pid }
  try {
    const found = await host.survivors?.([...asked, own])
    expect([...(found ?? [])]).toEqual([[made.incarnation, expect.stringContaining(`${made.pid} (sh)`)]])
  } finally {
    process.kill(Number(made.pid), 'SIGKILL')
  }
  await eventually(() => !alive(Number(made.pid)))
  expect((await host.survivors?.(asked))?.size).toBe(0)
})
