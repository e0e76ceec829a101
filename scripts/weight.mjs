// Measures what importing each published entry costs, and compares it with scripts/budget.json. Needs the build.
import { writeFileSync } from 'node:fs'
import { readArguments } from './lib/arguments.mjs'
import { budgetPath, excess, storedBudget, weights } from './lib/weight.mjs'

const { values } = readArguments(
  `
Compares the size of each published entry, and the packages that importing it loads, with scripts/budget.json.

  npm run weight                 writes the budget anew, which accepts what is there
  npm run weight -- --check      changes nothing; exits 1 and names what is over its budget by more than a tenth
`,
  { check: { type: 'boolean' } },
)

const measured = await weights()
if (values.check) {
  const faults = excess(measured, storedBudget())
  for (const fault of faults) console.error(fault)
  if (faults.length > 0) console.error('If this is wanted: npm run weight')
  process.exitCode = faults.length > 0 ? 1 : 0
} else {
  writeFileSync(budgetPath, `${JSON.stringify(measured, null, 2)}\n`)
  for (const [name, { gzip, loads }] of Object.entries(measured))
    console.log(`${name}: ${gzip} bytes, loads ${loads || 'no other package'}`)
}
