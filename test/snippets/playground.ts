import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../rules/repository-files.ts'
import type { Program } from './programs.ts'

/** A directory inside the repository, in which snippets can import its packages by name, as sources. */
export interface Playground {
  readonly directory: string
  fileOf(program: Program): string
  remove(): void
}

export function layOut(programs: readonly Program[]): Playground {
  mkdirSync(join(root, '.cache'), { recursive: true })
  const directory = mkdtempSync(join(root, '.cache', 'snippets-'))
  const config = {
    extends: '../../tsconfig.json',
    compilerOptions: { checkJs: true, noImplicitAny: false, moduleDetection: 'force' },
    include: ['*'],
  }
  writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify(config))
  for (const { fileName, text } of programs) writeFileSync(join(directory, fileName), text)
  return {
    directory,
    fileOf: ({ fileName }) => join(directory, fileName),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  }
}

/** The errors of the compiler, each with its page and line. */
export function typeErrors(programs: readonly Program[], { directory }: Playground): string[] {
  if (programs.length === 0) return []
  const tsc = join(root, 'node_modules', '.bin', 'tsc')
  const args = ['--noEmit', '--pretty', 'false', '-p', directory]
  const { status, stdout, stderr, error } = spawnSync(tsc, args, { cwd: directory, encoding: 'utf8' })
  if (error) throw error
  const findings = stdout.split('\n').filter((line) => /error TS\d+/.test(line))
  if (status !== 0 && findings.length === 0) throw new Error(`tsc ended with ${status}: ${stdout}${stderr}`)
  return findings.map((finding) => onPage(finding, programs))
}

function onPage(finding: string, programs: readonly Program[]): string {
  const program = programs.find(({ fileName }) => finding.startsWith(`${fileName}(`))
  const position = /\((\d+),\d+\): (.*)$/.exec(finding)
  return program && position ? `${program.path}:${position[1]}: ${position[2]}` : finding
}
