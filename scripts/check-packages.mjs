// Checks every public package with publint and attw, and what importing it costs; needs the build. A step of `npm test`, or alone: npm run packages
import { performAll } from './lib/perform.mjs'
import { packageChecks } from './lib/steps.mjs'

const { failed } = await performAll(packageChecks(), { show: false, rest: [] })
process.exitCode = failed > 0 ? 1 : 0
