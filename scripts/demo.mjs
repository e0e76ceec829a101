// Runs the demo of the README with real processes: a gateway, three tmux sessions, a kill -9, a rollback, a restore, and the end of tmux.
// Works from a fresh clone with Node and tmux. Exits 0 only if every check passed.
import { constants } from 'node:os'
import { openSandbox } from './demo/sandbox.mjs'
import { setUp } from './demo/set-up.mjs'
import { runStory } from './demo/story.mjs'
import { createTerminal } from './demo/terminal.mjs'
import { readArguments } from './lib/arguments.mjs'

readArguments(`
Runs the demo of the README with real processes: a gateway, three tmux sessions, a kill -9, a rollback, a restore, and the end of tmux.
Needs Node and tmux. Exits 0 only if every claim held.

  npm run demo                   runs the demo; takes about ten seconds
  npm run demo -- --help         prints this text and runs nothing
`)

const TIMEOUT_MS = 120_000

const terminal = createTerminal(process.stdout)
terminal.heading('sessionkeep: sessions that a gateway does not forget')
if (!(await setUp(terminal, '@sessionkeep/quickstart'))) process.exit(1)

const sandbox = openSandbox()
let interrupted
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, async () => {
    interrupted ??= 128 + constants.signals[signal]
    await sandbox.close()
    process.exit(interrupted)
  })
}

const began = performance.now()
try {
  await Promise.race([runStory(sandbox, terminal), tooLong()])
} catch (error) {
  if (!interrupted) terminal.failure(error)
}
const left = await sandbox.close()
if (!interrupted) {
  terminal.claim('no process, socket or file of this demo is left', left.length === 0, left.join(', '))
  terminal.summary((performance.now() - began) / 1000)
}
process.exit(interrupted ?? (terminal.allHeld() ? 0 : 1))

function tooLong() {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new Error(`the demo did not end within ${TIMEOUT_MS / 1000} s`)), TIMEOUT_MS).unref()
  })
}
