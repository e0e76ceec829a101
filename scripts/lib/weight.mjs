import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { publicEntries } from './packages.mjs'
import { root } from './root.mjs'
import { run } from './run.mjs'

const BUDGET = join(root, 'scripts', 'budget.json')
/** A package may grow by this factor before somebody has to accept it with `npm run weight`. */
const SLACK = 1.1

/**
 * Measures what importing each published entry of the built packages costs. `gzip`: bytes of its own files, compressed;
 * `loads`: the names of the other packages that are loaded.
 */
export async function weights() {
  const entries = publicEntries()
  const measured = []
  for (const { name, directory } of entries) measured.push([name, await weightOf(name, directory)])
  return Object.fromEntries(measured)
}

/** @returns {Record<string, { gzip: number, loads: string }>} */
export const storedBudget = () => JSON.parse(readFileSync(BUDGET, 'utf8'))
export const budgetPath = BUDGET

/** Returns a sentence for each weight that is not within the budget; none if all are. */
export function excess(measured, budget) {
  return [
    ...Object.entries(measured).flatMap(([name, { gzip, loads }]) => {
      const allowed = budget[name]
      if (allowed === undefined) return [`${name} has no budget.`]
      const known = namesOf(allowed.loads)
      const others = namesOf(loads).filter((other) => !known.includes(other))
      return [
        ...(gzip > allowed.gzip * SLACK
          ? [`${name} has ${gzip} bytes, compressed; its budget is ${allowed.gzip}.`]
          : []),
        ...others.map((other) => `Importing ${name} loads ${other}, which is not in its budget.`),
      ]
    }),
    ...Object.keys(budget).flatMap((name) => (name in measured ? [] : [`${name} has a budget and is no entry.`])),
  ]
}

const namesOf = (loads) => loads.split(' ').filter(Boolean)

/** Imports an entry in a process of its own; V8 lists the scripts that were loaded, of both kinds of modules. */
async function weightOf(name, directory) {
  const coverage = mkdtempSync(join(tmpdir(), 'sessionkeep-weight-'))
  try {
    const args = ['--input-type=module', '--eval', `await import(${JSON.stringify(name)})`]
    const { code, output } = await run(process.execPath, args, {
      cwd: root,
      env: { ...process.env, NODE_V8_COVERAGE: coverage },
    })
    if (code !== 0) throw new Error(`${name} cannot be imported; was it built?\n${output}`)
    const files = readdirSync(coverage)
      .flatMap((file) => JSON.parse(readFileSync(join(coverage, file), 'utf8')).result)
      .flatMap(({ url }) => (url.startsWith('file:') ? [fileURLToPath(url)] : []))
      // The program of --eval is listed as a file, too.
      .flatMap((file) => (existsSync(file) ? [realpathSync(file)] : []))
    const own = files.filter((file) => file.startsWith(join(directory, 'dist') + sep))
    if (own.length === 0) throw new Error(`${name}: importing it loads nothing of its build`)
    const gzip = own.reduce((sum, file) => sum + gzipSync(readFileSync(file)).length, 0)
    const others = files.filter((file) => !own.includes(file)).map(packageOf)
    return { gzip, loads: [...new Set(others)].sort().join(' ') }
  } finally {
    rmSync(coverage, { recursive: true, force: true })
  }
}

function packageOf(file) {
  const [, installed] = /.*[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)/.exec(file) ?? []
  if (installed !== undefined) return installed.replace('\\', '/')
  const [, ours] = /[\\/]packages[\\/]([^\\/]+)[\\/]/.exec(file.slice(root.length)) ?? []
  return ours === undefined ? file : `@sessionkeep/${ours}`
}
