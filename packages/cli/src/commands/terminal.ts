import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import * as z from 'zod'
import { defineCommand } from '../command.ts'
import { CliError } from '../errors.ts'
import { gatewayFlags, gatewayInput, needGateway } from '../gateway/find.ts'
import { untilInterrupted } from '../io.ts'
import { plainLines } from '../text/plain.ts'
import { callLine, shellLine } from '../text/shell-line.ts'
import { openingFlags, openingInput } from './shared.ts'

const flags = [...gatewayFlags, ...openingFlags]
const input = { ...openingInput, ...gatewayInput, workspace: z.string() }
const workspace = { name: 'workspace', description: 'the workspace of the session' }
const routeOf = (workspace: string, verb: string) => `/sessions/${encodeURIComponent(workspace)}/${verb}`

export const attach = defineCommand({
  name: 'attach',
  summary: 'Attaches this terminal to a session; leave it with the keys of tmux.',
  group: 'Sessions',
  needsGateway: true,
  arguments: [workspace],
  flags: [{ flags: '--print', description: 'prints the command line instead of running it' }, ...flags],
  examples: ['sessionkeep attach docs --print'],
  input: z.object({ ...input, print: z.boolean().default(false) }),
  answer: z.object({ workspace: z.string(), argv: z.array(z.string()) }),
  async run(call) {
    const gateway = await needGateway(call)
    const answer = z.looseObject({ command: z.array(z.string()).min(1) })
    const { command: argv } = await gateway.call('GET', routeOf(call.input.workspace, 'attach'), answer)
    if (!call.input.print && !call.isJson) await runInTerminal(argv, call.io.signal)
    return { answer: { workspace: call.input.workspace, argv }, text: call.input.print ? shellLine(argv) : '' }
  },
})

async function runInTerminal([program = '', ...args]: readonly string[], signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  const child = spawn(program, args, { stdio: 'inherit' })
  signal.addEventListener('abort', () => child.kill())
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', resolve)
  })
  signal.throwIfAborted()
  if (code === 0) return
  const message = `${program} ended with ${code ?? 'a signal'}, and its own message says why. Without a terminal, --print prints the command line.`
  throw new CliError('CLI_NOT_FOUND', message)
}

export const send = defineCommand({
  name: 'send',
  summary: 'Types a text into a session and presses Enter. The gateway counts it as a request.',
  group: 'Sessions',
  needsGateway: true,
  arguments: [
    workspace,
    { name: 'text', description: 'the text; - reads it from standard input, where no other user sees it' },
  ],
  flags: [{ flags: '--no-submit', description: 'does not press Enter' }, ...flags],
  examples: ['sessionkeep send docs "echo hello"', 'echo "echo hello" | sessionkeep send docs -'],
  input: z.object({ ...input, text: z.string(), submit: z.boolean().default(true) }),
  answer: z.object({ workspace: z.string(), submitted: z.boolean(), foundUnsubmitted: z.boolean() }),
  async run(call) {
    const { input, io } = call
    const gateway = await needGateway(call)
    const typed =
      input.text === '-' ? (await text(untilInterrupted(io.stdin, io.signal))).replace(/\n$/, '') : input.text
    const answer = z.looseObject({ submitted: z.boolean(), foundUnsubmitted: z.boolean() })
    const given = { text: typed, submit: input.submit }
    const { submitted, foundUnsubmitted } = await gateway.call('POST', routeOf(input.workspace, 'text'), answer, given)
    return {
      answer: { workspace: input.workspace, submitted, foundUnsubmitted },
      text: submitted ? 'sent' : 'typed, not submitted',
      nextSteps: [{ do: 'See the answer.', command: callLine('capture', [input.workspace]) }],
    }
  },
})

export const keys = defineCommand({
  name: 'keys',
  summary: 'Presses keys in a session.',
  group: 'Sessions',
  needsGateway: true,
  arguments: [
    workspace,
    { name: 'keys', description: 'keys by the names that tmux has: C-c, Enter, Up', isVariadic: true },
  ],
  flags,
  examples: ['sessionkeep keys docs C-c', 'sessionkeep keys docs Up Enter'],
  input: z.object({ ...input, keys: z.array(z.string()) }),
  answer: z.object({ workspace: z.string(), keys: z.array(z.string()) }),
  async run(call) {
    const { workspace, keys } = call.input
    const gateway = await needGateway(call)
    await gateway.call('POST', routeOf(workspace, 'keys'), z.unknown(), { keys })
    return { answer: { workspace, keys }, text: 'sent' }
  },
})

export const capture = defineCommand({
  name: 'capture',
  summary: 'Prints the screen of a session.',
  group: 'Sessions',
  needsGateway: true,
  arguments: [workspace],
  flags: [
    { flags: '--history <lines>', description: 'also as many lines above the screen; all: the whole history' },
    { flags: '--escapes', description: 'with escape sequences for colours and styles; they control your terminal' },
    ...flags,
  ],
  examples: ['sessionkeep capture docs', 'sessionkeep capture docs --history 100'],
  input: z.object({
    ...input,
    history: z
      .string()
      .regex(/^(all|\d+)$/, 'must be a number of lines, or all')
      .optional(),
    escapes: z.boolean().default(false),
  }),
  answer: z.object({ workspace: z.string(), screen: z.string() }),
  async run(call) {
    const { workspace, history, escapes } = call.input
    const gateway = await needGateway(call)
    const query = new URLSearchParams({
      ...(history === undefined ? {} : { history }),
      ...(escapes ? { escapes: 'true' } : {}),
    })
    const path = `${routeOf(workspace, 'screen')}${query.size > 0 ? `?${query}` : ''}`
    const { screen } = await gateway.call('GET', path, z.looseObject({ screen: z.string() }))
    const shown = screen.replace(/(?<!\n)\n+$/, '')
    return { answer: { workspace, screen }, text: escapes ? shown : plainLines(shown) }
  },
})
