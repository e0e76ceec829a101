// Runs the tests of the dashboard in a real browser, which npm test does not install.
import { existsSync } from 'node:fs'
import { setUp } from './demo/set-up.mjs'
import { createTerminal } from './demo/terminal.mjs'
import { readArguments } from './lib/arguments.mjs'
import { childEnvironment } from './lib/environment.mjs'
import { root, tool } from './lib/root.mjs'
import { run } from './lib/run.mjs'

const { rest, values } = readArguments(
  `
Runs the tests of the dashboard in Chromium: a person's path through it, its accessibility, and its screenshots, which are
written to build/screenshots.
Needs tmux and Chromium: apt-get install chromium, or the path of one in SESSIONKEEP_CHROMIUM.

  npm run test:browser                     all of them
  npm run test:browser -- person           passes further arguments to vitest
  npm run test:browser -- --images         also renews the pictures of the pages, in docs/images
  npm run test:browser -- --help           prints this text and runs nothing
`,
  { images: { type: 'boolean' } },
)
const chromium = process.env.SESSIONKEEP_CHROMIUM ?? '/usr/bin/chromium'
if (!existsSync(chromium)) {
  console.error(
    `${chromium} is not there. Debian: apt-get install chromium; elsewhere set SESSIONKEEP_CHROMIUM to its path.`,
  )
  process.exit(1)
}
if (!(await setUp(createTerminal(process.stderr), '@sessionkeep/http-gateway'))) process.exit(1)
const { code } = await run(tool('vitest'), ['run', '--config', 'test/browser/vitest.config.ts', ...rest], {
  cwd: root,
  env: { ...childEnvironment(), SESSIONKEEP_CHROMIUM: chromium, ...(values.images ? { SESSIONKEEP_IMAGES: '1' } : {}) },
  show: true,
})
process.exitCode = code
