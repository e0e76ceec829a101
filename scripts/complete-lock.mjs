// Completes package-lock.json: npm leaves out platform packages that its registry does not have, and then `npm ci` stops with
// "Missing: … from lock file". Run this after every `npm install` that changed the lock.
//   node scripts/complete-lock.mjs            completes the lock
//   node scripts/complete-lock.mjs --check    changes nothing; exits 1 and prints what is wrong, if anything: also entries
//                                             without integrity, and licences and install scripts of what users get
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import {
  completed,
  entriesWithoutIntegrity,
  hostedEntries,
  missingOptional,
  unwelcomeInProduction,
} from './lib/lock.mjs'

const file = fileURLToPath(new URL('../package-lock.json', import.meta.url))
const lock = JSON.parse(readFileSync(file, 'utf8'))
const missing = missingOptional(lock)
const hosted = hostedEntries(lock)
const unproven = entriesWithoutIntegrity(lock)
const unwelcome = unwelcomeInProduction(lock)

if (process.argv.includes('--check')) {
  for (const { name, parent } of missing) console.error(`missing: ${name}, wanted by ${parent}`)
  for (const path of hosted) console.error(`names a host: ${path}`)
  if (missing.length > 0) console.error('Run: node scripts/complete-lock.mjs')
  if (hosted.length > 0) console.error('Run: npm install, with the .npmrc of this repository')
  for (const path of unproven) console.error(`has no integrity: ${path}`)
  if (unproven.length > 0)
    console.error('Remove these entries from the lock, then run: npm install --package-lock-only')
  for (const fault of unwelcome) console.error(fault)
  process.exitCode = missing.length + hosted.length + unproven.length + unwelcome.length > 0 ? 1 : 0
} else {
  writeFileSync(file, `${JSON.stringify(completed(lock), null, 2)}\n`)
  console.log(`${missing.length} platform packages added to package-lock.json`)
}
