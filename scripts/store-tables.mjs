// Writes the tables of docs/choose-a-store.md from the capabilities of the stores and from measurements on this machine.
//   npm run tables
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { childEnvironment } from './lib/environment.mjs'
import { publicPackages } from './lib/packages.mjs'
import { root, tool } from './lib/root.mjs'
import { run } from './lib/run.mjs'

const PAGE = join(root, 'docs', 'choose-a-store.md')
const PROGRAM = join('test', 'stores', 'print-tables.ts')

mkdirSync(join(root, '.cache'), { recursive: true })
const directory = mkdtempSync(join(root, '.cache', 'tables-'))
try {
  await need({ command: tool('turbo') }, 'run', 'build')
  const bundle = [PROGRAM, '--no-config', '--format', 'esm', '--target', 'node20', '--out-dir', directory]
  await need({ command: tool('tsup') }, ...bundle, ...publicPackages().flatMap(({ name }) => ['--external', name]))
  // The program resolves sqlite3 from its working directory, so it runs where that is installed.
  const prepared = join(root, '.cache', 'keyv-sqlite')
  const cwd = existsSync(prepared) ? prepared : root
  const output = await need({ command: process.execPath, cwd }, join(directory, 'print-tables.js'))
  const { keeps, costs } = JSON.parse(output.slice(output.indexOf('{"keeps"')))
  writeFileSync(PAGE, withTable(withTable(readFileSync(PAGE, 'utf8'), 'keeps', keeps), 'costs', costs))
  await need({ command: tool('biome') }, 'check', '--write', PAGE)
} finally {
  rmSync(directory, { recursive: true, force: true })
}

async function need({ command, cwd = root }, ...args) {
  const { code, output } = await run(command, args, { cwd, env: childEnvironment(), timeoutMs: 600_000 })
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} failed:\n${output}`)
  return output
}

/** Replaces the table between `<!-- name -->` and `<!-- /name -->` in a page. */
function withTable(page, name, [titles, ...rows]) {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
  const [from, to] = [page.indexOf(begin), page.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`${PAGE} has no place for the table ${name}`)
  const lines = [titles, titles.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`)
  return `${page.slice(0, from + begin.length)}\n\n${lines.join('\n')}\n\n${page.slice(to)}`
}
