import { describe, expect, test } from 'vitest'
import type { TmuxClient } from '../src/client.ts'
import { startDeadline } from '../src/deadline.ts'
import { tmuxServers } from '../src/servers.ts'

/** Answers like the ps or /proc of the place where tmux runs; each test decides what it returns. */
function place(processes: Map<string, string>): TmuxClient {
  const unused = () => expect.unreachable('only processes are asked for')
  return {
    timeoutMs: 1000,
    environment: 'minimal',
    isRemote: false,
    ownsServer: true,
    tmux: unused,
    commandLine: unused,
    programLine: unused,
    tmuxWords: [],
    run: async (_subject, argv) => ({ stdout: processes.get(argv.at(-1) ?? '') ?? 'gone\n', stderr: '', exitCode: 0 }),
  }
}

const born = (startTime: number, name = 'tmux: server') => `proc 7 (${name}) S ${'0 '.repeat(18)}${startTime} 0 0\n`
const soon = () => startDeadline(1000)
const unavailable = expect.objectContaining({ code: 'HOST_UNAVAILABLE' })

describe('known servers', () => {
  test('are gone when another process has their process id, even another tmux', async () => {
    const processes = new Map([['7', born(100)]])
    const servers = tmuxServers(place(processes))
    await servers.noteAnswer('7.1', soon())
    await expect(servers.proveNone(soon())).rejects.toEqual(unavailable)
    processes.set('7', born(200))
    await servers.proveNone(soon())
    expect(servers.anyKnown).toBe(false)
  })

  test('are gone when another server with the same process id answers', async () => {
    const processes = new Map([['7', born(100)]])
    const servers = tmuxServers(place(processes))
    await servers.noteAnswer('7.1', soon())
    await servers.noteAnswer('7.2', soon())
    await expect(servers.proveNone(soon())).rejects.toEqual(unavailable)
  })

  test('are judged by the socket alone when their process is not visible', async () => {
    for (const elsewhere of [new Map(), new Map([['7', born(100, 'cron')]])]) {
      const servers = tmuxServers(place(elsewhere))
      await servers.noteAnswer('7.1', soon())
      expect(servers.anyKnown).toBe(true)
      await servers.proveNone(soon())
    }
  })

  test('make the host unavailable when it is unknown whether they run', async () => {
    const processes = new Map([['7', born(100)]])
    const servers = tmuxServers(place(processes))
    await servers.noteAnswer('7.1', soon())
    processes.set('7', 'unknown\n')
    await expect(servers.proveNone(soon())).rejects.toEqual(unavailable)
    servers.forgetAll()
    await servers.proveNone(soon())
  })

  test('of an earlier run count as running if a tmux has their process id, and not if another program has it', async () => {
    const servers = tmuxServers(
      place(
        new Map([
          ['7', born(1)],
          ['8', born(1, 'cron')],
        ]),
      ),
    )
    await expect(servers.proveNone(soon(), '7.1')).rejects.toEqual(unavailable)
    await servers.proveNone(soon(), '8.1')
  })
})
