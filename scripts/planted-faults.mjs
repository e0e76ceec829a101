#!/usr/bin/env node
// Proves that the tests can fail: plants one fault after the other in a copy of the sources, and expects that its test fails.
// Usage: node scripts/planted-faults.mjs [part of a name]
import { spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { plantedFaults } from '../test/planted-faults/list.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
// Builds are copied, since a store that is selected by its name is loaded from its build. Tests import sources otherwise.
const LEFT_OUT = new Set(['node_modules', '.git', '.turbo', '.cache', 'build', 'coverage'])
const LIMIT_MS = 300_000

/** Copies the work tree. The repository's packages are resolved in the copy, all others in the original. */
function copyTree() {
  const copy = mkdtempSync(join(tmpdir(), 'sessionkeep-planted-'))
  cpSync(root, copy, {
    recursive: true,
    filter: (path) =>
      !relative(root, path)
        .split('/')
        .some((part) => LEFT_OUT.has(part)),
  })
  // The tests of SQLite need what `npm run prepare:sqlite` has built there.
  if (existsSync(join(root, '.cache'))) symlinkSync(join(root, '.cache'), join(copy, '.cache'))
  const modules = join(root, 'node_modules')
  const scope = join(copy, 'node_modules/@sessionkeep')
  mkdirSync(scope, { recursive: true })
  for (const name of readdirSync(modules))
    if (name !== '@sessionkeep') symlinkSync(join(modules, name), join(copy, 'node_modules', name))
  for (const name of readdirSync(join(modules, '@sessionkeep')))
    symlinkSync(join(copy, 'packages', name), join(scope, name))
  // A package has libraries of its own where the root has another version of them.
  for (const name of readdirSync(join(root, 'packages'))) {
    const own = join('packages', name, 'node_modules')
    if (existsSync(join(root, own))) symlinkSync(join(root, own), join(copy, own))
  }
  return copy
}

function runTest(copy, { file, title }) {
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const args = [
    vitest,
    'run',
    file,
    ...(title ? ['-t', title] : []),
    '--root',
    copy,
    '--reporter=json',
    '--testTimeout=90000',
    '--retry=0',
  ]
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: copy,
    encoding: 'utf8',
    timeout: LIMIT_MS,
    killSignal: 'SIGKILL',
    maxBuffer: 1 << 28,
  })
  const at = stdout.indexOf('{"num')
  if (status === null || at < 0) return { ran: 0, failed: 0, output: `${stdout.slice(-2000)}\n${stderr.slice(-2000)}` }
  const report = JSON.parse(stdout.slice(at))
  return {
    ran: report.numPassedTests + report.numFailedTests,
    failed: report.numFailedTests,
    output: stderr.slice(-2000),
  }
}

/** Runs the test of one fault. Returns `caught`, or the reason why the run proves nothing. */
function judge(copy, fault, healthy) {
  const path = join(copy, fault.file)
  const source = readFileSync(path, 'utf8')
  const found = source.split(fault.find).length - 1
  if (found !== 1) return `NOT PLANTED (found ${found} times)`
  const sound = healthy(fault.caughtBy)
  if (sound.ran === 0 || sound.failed > 0)
    return `NO PROOF (without the fault: ${sound.ran} ran, ${sound.failed} failed)`
  writeFileSync(
    path,
    source.replace(fault.find, () => fault.replace),
  )
  try {
    const { ran, failed, output } = runTest(copy, fault.caughtBy)
    if (failed > 0) return 'caught'
    if (ran === 0) return `NO PROOF (the test did not run)\n${output}`
    return 'SURVIVED'
  } finally {
    writeFileSync(path, source)
  }
}

const wanted = process.argv[2]
const faults = plantedFaults.filter(({ name }) => wanted === undefined || name.includes(wanted))
const copy = copyTree()
const answers = new Map()
const healthy = (test) => {
  const key = JSON.stringify(test)
  if (!answers.has(key)) answers.set(key, runTest(copy, test))
  return answers.get(key)
}
let caught = 0
try {
  const width = Math.max(0, ...faults.map(({ name }) => name.length))
  for (const fault of faults) {
    const outcome = judge(copy, fault, healthy)
    if (outcome === 'caught') caught += 1
    console.log(`${fault.name.padEnd(width)}  ${outcome}`)
  }
} finally {
  rmSync(copy, { recursive: true, force: true })
}
console.log(`${faults.length} planted, ${caught} caught, ${faults.length - caught} not`)
process.exitCode = faults.length > 0 && caught === faults.length ? 0 : 1
