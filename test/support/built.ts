import { existsSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { build } from 'tsup'
import { afterAll, beforeAll } from 'vitest'

let count = 0

/**
 * Builds a module and those of our sources that it imports, as they are now, for processes that cannot run TypeScript;
 * removed after the file's tests. Libraries are left out: they are found from where it is put, in the package of `entry`.
 */
export function built(entry: string): string {
  count += 1
  const outDir = join(packageOf(entry), '.cache', `built-${process.pid}-${count}`)
  beforeAll(async () => {
    await build({
      config: false,
      silent: true,
      entry: [entry],
      outDir,
      format: 'esm',
      target: 'node20',
      outExtension: () => ({ js: '.mjs' }),
      // There is no `test` without it.
      removeNodeProtocol: false,
      skipNodeModulesBundle: true,
      // zod has a hundred files, which would be counted where a test counts system calls or has few descriptors.
      noExternal: [/^@sessionkeep\//, /^zod$/],
      esbuildOptions: (options) => {
        options.conditions = ['@sessionkeep/source']
      },
    })
  })
  afterAll(() => rmSync(outDir, { recursive: true, force: true }))
  return join(outDir, basename(entry).replace(/\.m?[jt]s$/, '.mjs'))
}

function packageOf(path: string): string {
  const directory = dirname(path)
  return existsSync(join(directory, 'package.json')) ? directory : packageOf(directory)
}
