// Writes the public API of each published package to docs/api-report/<package>[.<entry>].api.md. It reads the sources and needs no build.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { apiReports } from './lib/api-report.mjs'
import { readArguments } from './lib/arguments.mjs'
import { root } from './lib/root.mjs'

const { values } = readArguments(
  `
Compares the public API with its checked-in report, docs/api-report; a difference is a change that users notice.

  npm run api                    writes the report anew, which accepts the changes
  npm run api -- --check         changes nothing; exits 1 and names what differs, if anything does
`,
  { check: { type: 'boolean' } },
)

const directory = join(root, 'docs', 'api-report')
const reports = apiReports()
mkdirSync(directory, { recursive: true })
const stored = new Map(
  readdirSync(directory)
    .filter((name) => name.endsWith('.api.md'))
    .map((name) => [name, readFileSync(join(directory, name), 'utf8')]),
)
const names = new Set([...stored.keys(), ...reports.keys()])
const changed = [...names].filter((name) => stored.get(name) !== reports.get(name)).sort()

if (values.check) {
  for (const name of changed) console.error(difference(name))
  if (changed.length > 0) console.error('If the change is wanted: npm run api')
  process.exitCode = changed.length > 0 ? 1 : 0
} else {
  for (const name of names) if (!reports.has(name)) rmSync(join(directory, name))
  for (const [name, text] of reports) writeFileSync(join(directory, name), text)
  console.log(
    changed.length > 0 ? `changed: ${changed.map((name) => basename(name, '.api.md')).join(', ')}` : 'unchanged',
  )
}

function difference(name) {
  const [before, after] = [stored, reports].map((texts) => (texts.get(name) ?? '').split('\n'))
  const gone = before.filter((line) => !after.includes(line)).map((line) => `- ${line}`)
  const come = after.filter((line) => !before.includes(line)).map((line) => `+ ${line}`)
  return [`docs/api-report/${name}`, ...gone, ...come].join('\n')
}
