import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { alive, eventually, privateServer, stamps } from './support/private-server.ts'

const shell = ['bash', '--norc', '--noprofile']

test('a listing says which process a session runs as, and which program has its terminal', async () => {
  const host = privateServer().host()
  const made = await host.create('a', { ...stamps, command: shell })
  const find = async () => (await host.list()).find(({ sessionName }) => sessionName === 'a')
  expect(alive(made.pid ?? 0)).toBe(true)
  expect(await find()).toMatchObject({ pid: made.pid, foreground: 'bash' })
  await host.sendText(made, 'sleep 600', { submit: true })
  await eventually(async () => (await find())?.foreground === 'sleep')
  expect((await find())?.pid).toBe(made.pid)
  await host.sendKeys?.(made, ['C-c'])
  await eventually(async () => (await find())?.foreground === 'bash')
})

test('a session whose command has ended has neither process nor program', async () => {
  const host = privateServer().host()
  await host
    .create('a', { ...stamps, command: ['sh', '-c', 'read _; exit 3'] })
    .then((made) => host.sendKeys?.(made, ['Enter']))
  await eventually(async () => (await host.list())[0]?.exited === true)
  const [ended] = await host.list()
  expect(ended).toMatchObject({ exited: true, end: { exitCode: 3 } })
  expect(ended).not.toHaveProperty('pid')
  expect(ended).not.toHaveProperty('foreground')
})

test('a program cannot forge a row by its name', async () => {
  const server = privateServer()
  const host = server.host()
  const { pid } = await host.create('a', {
    ...stamps,
    command: ['bash', '-c', 'exec -a "$(printf "sk-x\\n%%1 0 \\033[2J name")" sleep 600'],
  })
  const name = () => spawnSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' }).stdout
  await eventually(() => name().startsWith('sk-x'))
  const listed = await host.list()
  expect(listed.map(({ sessionName }) => sessionName)).toEqual(['a'])
  // tmux 3.7 shows no such name at all.
  expect(listed[0]?.foreground ?? '').not.toMatch(/\p{Cc}/u)
})
