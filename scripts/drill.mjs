// Runs examples/drill: detaches, attaches and switches the stores of a pool under load, and measures the cost. Works from a
// fresh clone with Node and tmux. Exits 0 only if no request was lost and every check passed.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { setUp } from './demo/set-up.mjs'
import { createTerminal } from './demo/terminal.mjs'
import { readArguments } from './lib/arguments.mjs'
import { root } from './lib/root.mjs'

readArguments(`
Detaches, attaches and switches the stores of a pool under load, and prints the cost (examples/drill).
Needs Node and tmux. Exits 0 only if no request was lost and every claim held.

  npm run drill                  runs it
  npm run drill -- --help        prints this text and runs nothing
`)

const terminal = createTerminal(process.stdout)
terminal.heading('sessionkeep: the rollback, rehearsed before it is needed')
if (!(await setUp(terminal, '@sessionkeep/example-drill'))) process.exit(1)
terminal.write('\n')

const child = spawn(process.execPath, [join(root, 'examples/drill/dist/main.js')], { stdio: 'inherit' })
// The drill restores everything before it ends, so a signal to this script must not end it early.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
child.once('exit', (code) => process.exit(code ?? 1))
