// Runs examples/http-gateway: a gateway with a dashboard. Works from a fresh clone with Node and tmux.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { setUp } from './demo/set-up.mjs'
import { createTerminal } from './demo/terminal.mjs'
import { readArguments } from './lib/arguments.mjs'
import { root } from './lib/root.mjs'

readArguments(`
Runs a gateway with a dashboard, and prints the address of the dashboard. Ctrl-C ends the gateway; its sessions go on.

  npm start                      runs examples/http-gateway; its README lists the variables that it reads
  npm start -- --help            prints this text and runs nothing
`)

const terminal = createTerminal(process.stderr)
if (!(await setUp(terminal, '@sessionkeep/http-gateway'))) process.exit(1)

const child = spawn(process.execPath, [join(root, 'examples/http-gateway/dist/main.js')], { stdio: 'inherit' })
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
child.once('exit', (code, signal) => {
  process.exitCode = code ?? (signal ? 1 : 0)
})
