import type { SessionHost, SessionRef } from '@sessionkeep/contracts/host'
import { check, rejection, rejectsWith, same, settle } from '../../frame/check.ts'
import { notApplicable } from '../../frame/clause.ts'
import { eventually } from '../../frame/timeouts.ts'
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
  }, 'the screen does not show the typed text').catch((error: Error) => {
    throw new Error(`${error.message}:\n${screen}`)
  })
}

const runs = ({ runsCommands }: { runsCommands: boolean }): boolean => runsCommands

export const talkClauses: readonly HostClause[] = [
  {
    id: 'talk.text',
    title: 'sendText() changes no character of a line, and capture() returns the line.',
    async run({ open }) {
      const host = await open()
      const made = await host.create('a', ECHOING)
      for (const text of HOSTILE) await host.sendText(made, text, { submit: true })
      await shows(host, made, HOSTILE)
    },
  },
  {
    id: 'talk.lines',
    title: 'sendText(): Types `text` into the session, line breaks included, as one paste.',
    async run({ open }) {
      const host = await open()
      const made = await host.create('a', ECHOING)
      await host.sendText(made, 'first line\nsecond line\n\nfourth line')
      await shows(host, made, ['first line', 'second line', 'fourth line'])
    },
  },
  {
    id: 'talk.apart',
    title: 'Text that is typed into one session is on no other screen.',
    async run({ open }) {
      const host = await open()
      const [one, other] = [await host.create('a', ECHOING), await host.create('ab', ECHOING)]
      await host.sendText(one, 'for one alone')
      await host.sendText({ sessionName: 'ab' }, 'by name')
      await shows(host, one, ['for one alone'])
      await shows(host, other, ['by name'])
      if ((await host.capture(other)).includes('for one alone'))
        throw new Error('the text is on the screen of the other session')
    },
  },
  {
    id: 'talk.turn',
    title: 'No other call can type between the text and the Enter of this one.',
    async run({ open }) {
      const host = await open()
      const made = await host.create('a', ECHOING)
      const texts = Array.from({ length: 8 }, (_, at) => `message ${at} of eight`)
      await Promise.all(texts.map((text) => host.sendText(made, text, { submit: true, delayMs: 5 })))
      await shows(host, made, texts)
      const lines = (await host.capture(made)).split('\n').map((line) => line.trim())
      const whole = texts.filter((text) => lines.includes(text))
      if (whole.length < texts.length) throw new Error(`texts were mixed:\n${lines.join('\n')}`)
    },
  },
  {
    id: 'talk.controls',
    title:
      'controls: What happens to control characters, which a terminal takes for keys or commands: `strip` removes them, `refuse` rejects with a `TypeError`, `pass` types them. Line breaks and tabs count as text.',
    async run({ open }) {
      const host = await open()
      const made = await host.create('a', ECHOING)
      await host.sendText(made, 'left\u0003 \u0004whole', { submit: true })
      await shows(host, made, ['left whole'])
      const refused = await settle(() => host.sendText(made, 'never\u0003shown', { controls: 'refuse' }))
      if (!('error' in refused) || !(refused.error instanceof TypeError))
        throw new Error('controls: refuse did not reject with a TypeError')
      await host.sendText(made, 'two\nlines', { controls: 'refuse', submit: true })
      await shows(host, made, ['two', 'lines'])
      if ((await host.capture(made)).includes('never')) throw new Error('a refused text was typed')
    },
  },
  {
    id: 'talk.result',
    title: 'submitted: Whether Enter was pressed after the text.',
    async run({ open }) {
      const host = await open()
      const made = await host.create('a', ECHOING)
      same((await host.sendText(made, 'one')).submitted, false, 'submitted, without submit')
      same((await host.sendText(made, 'two', { submit: true, delayMs: 0 })).submitted, true, 'submitted')
    },
  },
  {
    id: 'talk.confirm',
    title:
      'confirm: Make sure that the program has taken the text: if the screen does not show it in time after Enter, press Enter once more, and if it still does not, reject with `NOT_CONFIRMED`. True when the program was seen to take the text; only with `confirm`. Needs `submit`.',
    async run({ open }) {
      const host = await open()
      const made = await host.create('a', ECHOING)
      const { confirmed } = await host.sendText(made, 'one', { submit: true, confirm: true })
      if (confirmed === undefined) notApplicable('the host does not confirm')
      same(confirmed, true, 'confirmed')
      same((await host.sendText(made, 'two', { submit: true })).confirmed, undefined, 'confirmed, without confirm')
      const never = { submit: true, confirm: { seen: () => false, timeoutMs: 100 } }
      await rejectsWith(
        'NOT_CONFIRMED',
        () => host.sendText(made, 'three', never),
        'a text that is not seen to be taken',
      )
      const unsent = await settle(() => host.sendText(made, 'four', { confirm: true }))
      if (!('error' in unsent) || !(unsent.error instanceof TypeError))
        throw new Error('confirm without submit did not reject with a TypeError')
    },
  },
  {
    id: 'talk.max-bytes',
    title: 'maxBytes: The most bytes of UTF-8 to return, counted from the end.',
    async run({ open }) {
      const host = await open()
      const made = await host.create('a', ECHOING)
      await host.sendText(made, 'the first line\nthe last line', { submit: true })
      await shows(host, made, ['the first line', 'the last line'])
      const whole = await host.capture(made, { history: 'all' })
      const part = await host.capture(made, { history: 'all', maxBytes: 20 })
      if (Buffer.byteLength(part) > 20 || !whole.endsWith(part)) throw new Error(`not the last 20 bytes: ${part}`)
    },
  },
  {
    id: 'talk.keys',
    title:
      'sendKeys(): Presses keys, given by name (`C-c`, `Escape`, `Up`) or as a single character. Rejects with a `TypeError` for an unknown key.',
    async run({ open }) {
      const host = await open()
      if (!host.sendKeys) notApplicable('the host has no sendKeys()')
      const made = await host.create('a', ECHOING)
      await host.sendKeys(made, ['x', 'y', 'Enter'])
      await shows(host, made, ['xy'])
      const wrong = await settle(async () => host.sendKeys?.(made, ['x', 'no key; kill-server']))
      if (!('error' in wrong) || !(wrong.error instanceof TypeError))
        throw new Error('sendKeys() did not reject with a TypeError')
    },
  },
  {
    id: 'talk.given-up',
    title:
      'sendText() with an aborted signal is given up. The call then rejects with the reason of the signal, and nothing of the text is typed.',
    async run({ open }) {
      const host = await open()
      const made = await host.create('a', ECHOING)
      const reason = new Error('given up')
      const options = { submit: true, signal: AbortSignal.abort(reason) }
      const error = await rejection(() => host.sendText(made, 'never shown', options), 'sendText()')
      check(error === reason, `sendText() must reject with the reason of the signal, not: ${error}`)
      await host.sendText(made, 'the next text', { submit: true })
      await shows(host, made, ['the next text'])
      check(!(await host.capture(made)).includes('never'), 'a text that was given up was typed')
    },
  },
  {
    id: 'talk.keys-given-up',
    title:
      'sendKeys() with an aborted signal is given up. The call then rejects with the reason of the signal, and no key is pressed.',
    async run({ open }) {
      const host = await open()
      const sendKeys = host.sendKeys?.bind(host) ?? notApplicable('the host has no sendKeys()')
      const made = await host.create('a', ECHOING)
      const reason = new Error('given up')
      const error = await rejection(() => sendKeys(made, ['x'], { signal: AbortSignal.abort(reason) }), 'sendKeys()')
      check(error === reason, `sendKeys() must reject with the reason of the signal, not: ${error}`)
      await sendKeys(made, ['y', 'z'])
      await shows(host, made, ['yz'])
      check(!(await host.capture(made)).includes('x'), 'a key that was given up was pressed')
    },
  },
  {
    id: 'talk.gone',
    title:
      'A call for a session that has ended, or whose name belongs to another incarnation now, rejects with `SESSION_GONE`.',
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
    title: 'submit: Press Enter after the text, as a separate key.',
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
      'cwd: The working directory of the command. env: Variables to add to the environment of the command; undefined removes a variable.',
    applies: runs,
    async run({ open, place }) {
      const host = await open()
      const script = 'printf "%s|" "$PWD" "$ADDED" "$@"; exec cat'
      const command = ['sh', '-c', script, 'sh', 'two words', '$HOME', '#{pid};', "it's"]
      const env = { ADDED: 'an $ADDED; #{value}', REMOVED: undefined }
      const made = await host.create('a', { ...STAMPS, command, env, cwd: place.directory, cols: 200, rows: 20 })
      await shows(host, made, [`${place.directory}|an $ADDED; #{value}|two words|$HOME|#{pid};|it's|`])
    },
  },
  {
    id: 'commands.line',
    title: 'command: A shell command line, or a program and its arguments, which no shell interprets.',
    applies: runs,
    async run({ open }) {
      const host = await open()
      const made = await host.create('a', { ...STAMPS, command: 'echo "sum: $((40 + 2))" && exec cat' })
      await shows(host, made, ['sum: 42'])
    },
  },
  {
    id: 'output.all',
    title:
      'output(): Yields what the program of a session writes, until the session ends. The first chunk is empty: nothing that is written after it is missed. What the program wrote, with its escape sequences.',
    applies: runs,
    async run({ open }) {
      const host = await open()
      await host.create('keep', STAMPS)
      const command = ['sh', '-c', 'read -r line; printf "\\033[1mbold\\033[0m"; seq 1 2000']
      const made = await host.create('a', { ...STAMPS, command })
      const chunks = host.output?.(made)[Symbol.asyncIterator]() ?? notApplicable('the host has no output()')
      same((await chunks.next()).value?.data.length, 0, 'the length of the first chunk')
      await host.sendText(made, '', { submit: true })
      let text = ''
      for (let next = await chunks.next(); !next.done; next = await chunks.next()) {
        text += Buffer.from(next.value.data).toString('latin1')
      }
      check(text.includes('\u001b[1mbold') && text.includes('1999\r\n2000'), 'a part of the output is missing')
    },
  },
  {
    id: 'output.signal',
    title: 'signal: Ends the output.',
    applies: runs,
    async run({ open }) {
      const host = await open()
      const made = await host.create('a', ECHOING)
      const aborting = new AbortController()
      const { signal } = aborting
      const chunks =
        host.output?.(made, { signal })[Symbol.asyncIterator]() ?? notApplicable('the host has no output()')
      await chunks.next()
      aborting.abort()
      same((await chunks.next()).done, true, 'whether the output is over')
    },
  },
  {
    id: 'failures.unavailable',
    title:
      'Every call settles within a time-out of the host, and rejects with a `HostError`. When it cannot know, it rejects with `HOST_UNAVAILABLE`.',
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
