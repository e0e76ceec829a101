import type { SessionHost, SessionRef } from '@sessionkeep/core'
import { rejectsWith } from '../../frame/check.ts'
import { eventually } from '../../frame/deadline.ts'
import { ECHOING, type HostClause, STAMPS } from '../trial.ts'

const HOSTILE = [
  '#{pid} $(id) `id` $HOME',
  "C-c Enter ; kill-server '",
  '"\u6f22\u5b57 \u00e9 \\n %s -t =a',
  '  two  blanks',
]

async function shows(host: SessionHost, session: SessionRef, lines: readonly string[]): Promise<void> {
  let screen = ''
  await eventually(async () => {
    screen = await host.capture(session)
    return lines.every((line) => screen.includes(line))
  }, 'the screen does not show what was typed').catch((error: Error) => {
    throw new Error(`${error.message}:\n${screen}`)
  })
}

const runs = ({ runsCommands }: { runsCommands: boolean }): boolean => runsCommands

export const talkClauses: readonly HostClause[] = [
  {
    id: 'talk.text',
    title: 'sendText() changes no character of a line; capture() gives: The visible screen as text.',
    async run({ open }) {
      const host = await open()
      const made = await host.create('a', ECHOING)
      for (const text of HOSTILE) await host.sendText(made, text, { submit: true })
      await shows(host, made, HOSTILE)
    },
  },
  {
    id: 'talk.lines',
    title: 'sendText(): Types `text` into it byte for byte, newlines included, as one paste.',
    async run({ open }) {
      const host = await open()
      const made = await host.create('a', ECHOING)
      await host.sendText(made, 'first line\nsecond line\n\nfourth line')
      await shows(host, made, ['first line', 'second line', 'fourth line'])
    },
  },
  {
    id: 'talk.apart',
    title: 'What is typed into one session is on no other’s screen.',
    async run({ open }) {
      const host = await open()
      const [one, other] = [await host.create('a', ECHOING), await host.create('ab', ECHOING)]
      await host.sendText(one, 'for one alone')
      await host.sendText({ sessionName: 'ab' }, 'by name')
      await shows(host, one, ['for one alone'])
      await shows(host, other, ['by name'])
      if ((await host.capture(other)).includes('for one alone')) throw new Error('it is on the screen of the other')
    },
  },
  {
    id: 'talk.gone',
    title: 'A session that has ended, or whose name another incarnation has, rejects with `SESSION_GONE`.',
    async run({ open }) {
      const host = await open()
      await host.create('keep', STAMPS)
      const first = await host.create('a', STAMPS)
      await host.kill(first)
      const gone = async (session: SessionRef, when: string) => {
        await rejectsWith('SESSION_GONE', () => host.sendText(session, 'x'), `sendText() ${when}`)
        await rejectsWith('SESSION_GONE', () => host.capture(session), `capture() ${when}`)
      }
      await gone(first, 'after its end')
      await gone({ sessionName: 'a' }, 'by name, after its end')
      await host.create('a', STAMPS)
      await gone(first, 'while another incarnation has its name')
      for (const session of await host.list()) await host.kill(session)
      await gone(first, 'without any session')
    },
  },
  {
    id: 'talk.submit',
    title: 'submit: Press Enter after the text, as a separate key. Default false.',
    applies: runs,
    async run({ open }) {
      const host = await open()
      const command = ['sh', '-c', 'read -r first; echo "read: $first"; exec cat']
      const made = await host.create('a', { ...STAMPS, command })
      await host.sendText(made, 'one ')
      await shows(host, made, ['one'])
      await host.sendText(made, 'two', { submit: true })
      await shows(host, made, ['read: one two'])
    },
  },
  {
    id: 'commands.run',
    title:
      'create(): cwd: Where its command starts. env: Added to the environment of its command. Arguments are taken literally.',
    applies: runs,
    async run({ open, place }) {
      const host = await open()
      const script = 'printf "%s|" "$PWD" "$ADDED" "$@"; exec cat'
      const command = ['sh', '-c', script, 'sh', 'two words', '$HOME', '#{pid};', "it's"]
      const env = { ADDED: 'an $ADDED; #{value}' }
      const made = await host.create('a', { ...STAMPS, command, env, cwd: place.directory, cols: 200, rows: 20 })
      await shows(host, made, [`${place.directory}|an $ADDED; #{value}|two words|$HOME|#{pid};|it's|`])
    },
  },
  {
    id: 'commands.line',
    title: 'command: A shell command line, or program and arguments taken literally.',
    applies: runs,
    async run({ open }) {
      const host = await open()
      const made = await host.create('a', { ...STAMPS, command: 'echo "sum: $((40 + 2))" && exec cat' })
      await shows(host, made, ['sum: 42'])
    },
  },
  {
    id: 'failures.unavailable',
    title:
      'Every call settles within a deadline of the host’s own, and rejects with a `HostError`; list() rejects with `HOST_UNAVAILABLE` when unknown.',
    needs: 'cause.outage',
    async run({ open, outage }) {
      const host = await open()
      const made = await host.create('a', STAMPS)
      const restore = await outage()
      const calls = {
        list: () => host.list(),
        create: () => host.create('b', STAMPS),
        kill: () => host.kill(made),
        sendText: () => host.sendText(made, 'x'),
        capture: () => host.capture(made),
      }
      for (const [verb, call] of Object.entries(calls)) {
        await rejectsWith('HOST_UNAVAILABLE', call, `${verb}() during an outage`)
      }
      await restore()
      const back = async () => (await host.list()).some(({ incarnation }) => incarnation === made.incarnation)
      await eventually(back, 'the session is not there after the outage')
    },
  },
]
