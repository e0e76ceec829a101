import type { HostSession, SessionHost } from '@sessionkeep/contracts/host'
import { check, same } from '../../frame/check.ts'
import { notApplicable } from '../../frame/clause.ts'
import { eventually } from '../../frame/timeouts.ts'
import { type HostClause, STAMPS } from '../trial.ts'

const runs = ({ runsCommands }: { runsCommands: boolean }): boolean => runsCommands

/** A command that runs until it gets a line, and then runs `last`. */
const onEnter = (last: string) => ({ ...STAMPS, command: ['sh', '-c', `echo waiting; read -r line; ${last}`] })

/** Presses Enter, and returns the session once it is listed as ended. */
async function endOf(host: SessionHost, made: HostSession): Promise<HostSession | undefined> {
  await host.sendText(made, '', { submit: true })
  let found: HostSession | undefined
  await eventually(async () => {
    found = (await host.list()).find(({ incarnation }) => incarnation === made.incarnation)
    return found === undefined || found.exited === true
  }, 'the session is not listed as ended')
  if (!found?.end) notApplicable('the host keeps nothing of a session that ended')
  return found
}

export const endedClauses: readonly HostClause[] = [
  {
    id: 'ended.how',
    title:
      'How an exited session ended, if a host created it. When it ended, ms since the epoch. The exit code; absent when a signal ended it. The number of the signal that ended it. The last lines of its screen, as text without colours; at most 50 lines and 8 KiB.',
    applies: runs,
    async run({ open }) {
      const host = await open()
      await host.create('keep', STAMPS)
      const made = await host.create('a', onEnter('seq 1 300; read -r line; exit 42'))
      await host.sendText(made, '', { submit: true })
      // What a command writes right before its end may be lost, so it ends once all was seen.
      await eventually(
        async () => (await host.capture(made)).includes('300'),
        'the screen does not show what the command wrote',
      )
      const coded = (await endOf(host, made))?.end
      same([coded?.exitCode, coded?.signal], [42, undefined], 'exit code and signal of `exit 42`')
      check(coded?.at === undefined || Number.isSafeInteger(coded.at), 'the time must be whole milliseconds')
      const lines = coded?.screen?.split('\n') ?? []
      check(lines.at(-1) === '300' && lines.length <= 50, `the last lines must end with 300: ${lines}`)
      const killed = (await endOf(host, await host.create('b', onEnter('kill -KILL $$'))))?.end
      same([killed?.exitCode, killed?.signal], [undefined, 9], 'exit code and signal of `kill -KILL`')
    },
  },
  {
    id: 'ended.bury',
    title:
      'It is there until {@link SessionHost.bury}. Clears away what remains of an exited session: its last screen, and its name if nothing else uses that. Does nothing to a session whose command runs.',
    applies: runs,
    async run({ open }) {
      const host = await open()
      const keep = await host.create('keep', { ...STAMPS, command: ['cat'] })
      const made = await host.create('a', onEnter('exit 1'))
      await endOf(host, made)
      await host.bury?.(keep)
      await host.bury?.(made)
      await host.bury?.(made)
      same(
        (await host.list()).map(({ incarnation }) => incarnation),
        [keep.incarnation],
        'the remaining sessions',
      )
      await host.create('a', STAMPS)
    },
  },
  {
    id: 'ended.at-once',
    title: 'create(): A session whose command has already ended is returned as `exited`.',
    applies: runs,
    async run({ open }) {
      const host = await open()
      if (!host.bury) notApplicable('the host keeps nothing of a session that ended')
      // On a busy machine a command may end only after create() has looked.
      for (let tries = 0; ; tries += 1) {
        const made = await host.create('a', { ...STAMPS, command: ['sh', '-c', 'exit 3'] })
        await host.kill(made)
        check(made.exited === true || tries < 10, 'a session of `exit 3` was never returned as exited')
        if (made.exited) return same(made.end?.exitCode, 3, 'the exit code of `exit 3`')
      }
    },
  },
  {
    id: 'ended.with-server',
    title:
      'endedWithServer(): Finds out which of these incarnations, none of which `list()` returned, ended together with their server. The others were ended one by one.',
    async run({ open }) {
      const host = await open()
      if (!host.endedWithServer) notApplicable('the host has no endedWithServer()')
      await host.create('keep', STAMPS)
      const made = await host.create('a', STAMPS)
      await host.kill(made)
      const lost = await host.endedWithServer([String(made.incarnation)])
      same([...lost], [], 'the sessions that ended with their server, after one was killed')
    },
  },
  {
    id: 'ended.boot',
    title: 'boot(): the same text for every call until a reboot.',
    async run({ open }) {
      const host = await open()
      if (!host.boot) notApplicable('the host has no boot()')
      same(await host.boot(), await host.boot(), 'the boot, asked for twice')
    },
  },
  {
    id: 'ended.survivors',
    title:
      'survivors(): Finds out which of these processes still run although their session has ended. Each is returned with a text that names it.',
    applies: runs,
    async run({ open }) {
      const host = await open()
      if (!host.survivors) notApplicable('the host has no survivors()')
      const made = await host.create('a', { ...STAMPS, command: ['cat'] })
      const listed = (await host.list()).find(({ incarnation }) => incarnation === made.incarnation)
      await host.kill(made)
      const asked = [{ incarnation: String(made.incarnation), pid: listed?.pid ?? 1 }]
      same([...(await host.survivors(asked))], [], 'the survivors of a session that was killed')
    },
  },
  {
    id: 'ended.directory',
    title: 'hasDirectory(): Whether a directory is there, where the sessions run.',
    applies: runs,
    async run({ open }) {
      const host = await open()
      if (!host.hasDirectory) notApplicable('the host has no hasDirectory()')
      same(await host.hasDirectory('/'), true, 'hasDirectory() of the root')
      same(await host.hasDirectory('/sessionkeep is not here'), false, 'hasDirectory() of a directory that is missing')
    },
  },
  {
    id: 'ended.known',
    title: 'hasEnded(): Whether the host knows, without a call, that the command of this session has ended.',
    applies: runs,
    async run({ open }) {
      const host = await open()
      if (!host.hasEnded) notApplicable('the host has no hasEnded()')
      const made = await host.create('a', { ...STAMPS, command: ['cat'] })
      same(host.hasEnded(made), false, 'hasEnded() of a session that runs')
    },
  },
  {
    id: 'ended.watch',
    title:
      'watch(): Calls `onChange` soon after a session may have ended, until the returned function is called. It is a hint: false ones are allowed.',
    applies: runs,
    async run({ open }) {
      const host = await open()
      await host.create('keep', STAMPS)
      const made = await host.create('a', onEnter('exit 1'))
      let calls = 0
      const stop = host.watch?.(() => {
        calls += 1
      })
      if (!stop) notApplicable('the host has no watch()')
      try {
        await host.sendText(made, '', { submit: true })
        await eventually(() => Promise.resolve(calls > 0), 'onChange was not called after a session had ended')
      } finally {
        stop()
      }
    },
  },
]
