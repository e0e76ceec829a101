// Every check of the repository, from a fresh clone with nothing installed. What it does is listed in lib/steps.mjs.
//   npm test                       all of it; the output of a step is shown if it fails
//   npm test -- --verbose          everything is shown as it comes
//   npm test -- packages/core      further arguments go to vitest; the other checks stay as they are
import { performAll } from './lib/perform.mjs'
import { steps } from './lib/steps.mjs'
import { isComplete } from './lib/surroundings.mjs'

const args = process.argv.slice(2)
const options = { show: args.includes('--verbose'), rest: args.filter((arg) => arg !== '--verbose') }

const { passed, failed, skipped, remarks } = await performAll(steps(), options)
const forbidden = isComplete && skipped > 0

for (const remark of remarks) console.log(remark)
if (forbidden) console.log('With CI=true as root on Debian nothing may be skipped.')
process.exitCode = failed > 0 || forbidden ? 1 : 0
console.log(`${passed} passed, ${failed + (forbidden ? 1 : 0)} failed, ${skipped} skipped`)
