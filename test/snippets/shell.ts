import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { root, type WorkspacePackage } from '../rules/repository-files.ts'
import type { Fence } from './fences.ts'

/** The system programs that pages may call. Other commands are looked up in the repository and its packages. */
const SYSTEM = new Set(
  'apt-get brew cat cd chmod cp curl docker dnf echo export git kill ls mkdir mv redis-server rm ssh sudo systemctl tail tmux'.split(
    ' ',
  ),
)
const LIFE_CYCLE = new Set(['test', 'start'])
const INSTALLS = new Set(['i', 'install', 'add'])

/** Finds commands in `sh` fences with a script, package or file that does not exist. */
export function shellErrors(fences: readonly Fence[], packages: readonly WorkspacePackage[]): string[] {
  return fences
    .filter(({ language }) => language === 'sh' || language === 'bash')
    .flatMap(({ path, line, text }) =>
      rowsOf(text).flatMap(([offset, row]) =>
        commandsOf(row).flatMap((words) => {
          const problem = problemOf(words, packages)
          return problem ? [`${path}:${line + offset}: \`${words.join(' ')}\`: ${problem}`] : []
        }),
      ),
    )
}

/** The lines with their numbers, without comments; a line that ends in a backslash is joined with the next. */
function rowsOf(text: string): [number, string][] {
  const rows: [number, string][] = []
  let isOpen = false
  for (const [offset, line] of text.split('\n').entries()) {
    const row = line.replace(/(^|\s)#.*$/, '').trimEnd()
    const last = rows.at(-1)
    if (isOpen && last) last[1] += ` ${row}`
    else rows.push([offset, row])
    isOpen = row.endsWith('\\')
  }
  return rows
}

function commandsOf(row: string): string[][] {
  return row
    .replaceAll('\\', ' ')
    .split(/&&|\|\||[;|]/)
    .map((command) => command.trim().split(/\s+/))
    .map((words) => words.slice(words.findIndex((word) => !/^[A-Z_]+=/.test(word))))
    .filter(([first]) => first)
}

function problemOf([command = '', ...args]: string[], packages: readonly WorkspacePackage[]): string | undefined {
  if (command === 'npm') return npmProblem(args, packages)
  const operand = args.find((arg) => !arg.startsWith('-')) ?? ''
  if (command === 'npx') {
    const isOurs = packages.some(({ manifest: { bin } }) => bin !== undefined && Object.hasOwn(bin, operand))
    return isOurs || existsSync(join(root, 'node_modules/.bin', operand)) ? undefined : 'no such command'
  }
  if (command === 'node') return existsSync(join(root, operand)) ? undefined : 'no such file'
  return SYSTEM.has(command) ? undefined : 'no command that is known here'
}

function npmProblem([verb = '', ...args]: string[], packages: readonly WorkspacePackage[]): string | undefined {
  const operands = args.filter((arg) => !arg.startsWith('-'))
  const scripts = packages.find(({ directory }) => directory === '.')?.manifest.scripts ?? {}
  if (verb === 'ci') return undefined
  if (verb === 'run') return operands[0] !== undefined && operands[0] in scripts ? undefined : 'no such script'
  if (LIFE_CYCLE.has(verb)) return verb in scripts ? undefined : 'no such script'
  if (!INSTALLS.has(verb)) return 'no npm command that is known here'
  const known = knownPackages(packages)
  // A path is a package that the reader has made.
  const named = operands.filter((name) => !/^\.{1,2}\//.test(name))
  const strange = named.map((name) => name.replace(/(?<=.)@.*$/, '')).filter((name) => !known.has(name))
  return strange.length > 0 ? `no such package: ${strange.join(', ')}` : undefined
}

function knownPackages(packages: readonly WorkspacePackage[]): Set<string> {
  return new Set(
    packages.flatMap(({ manifest }) => [
      ...(manifest.private ? [] : [manifest.name]),
      ...Object.keys({ ...manifest.dependencies, ...manifest.devDependencies, ...manifest.peerDependencies }),
    ]),
  )
}
