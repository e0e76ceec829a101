// Runs every check of the repository, also in a fresh clone with nothing installed. lib/steps.mjs lists the steps.
import { readArguments } from './lib/arguments.mjs'
import { isComplete } from './lib/environment.mjs'
import { performAll } from './lib/perform.mjs'
import { steps } from './lib/steps.mjs'

const HELP = `
Runs every check of the repository; needs Node and tmux, and installs the rest.

  npm test                       all checks; the output of a step is shown if the step fails
  npm test -- --verbose          shows all output as it comes
  npm test -- packages/core      passes further arguments to vitest; the other checks stay as they are
  npm test -- --help             prints this text and runs nothing
`
const { values, rest } = readArguments(HELP, { verbose: { type: 'boolean' } })
const options = { show: values.verbose === true, rest }

const { passed, failed, skipped, remarks } = await performAll(steps(), options)
const forbidden = isComplete && skipped > 0

for (const remark of remarks) console.log(remark)
if (forbidden) console.log('With CI=true as root on Debian nothing may be skipped.')
process.exitCode = failed > 0 || forbidden ? 1 : 0
console.log(`${passed} passed, ${failed + (forbidden ? 1 : 0)} failed, ${skipped} skipped`)
