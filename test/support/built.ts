import { existsSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { build } from 'tsup'
import { afterAll, beforeAll } from 'vitest'

let count = 0

/**
 * Bundles a module with the current sources of the repository that it imports, for processes that cannot run TypeScript. The
 * bundle is in the package of `entry`, from where its libraries are found, and is removed after the tests.
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
      // Keeps `node:test`: without its prefix, it would be a package with the name `test`.
      removeNodeProtocol: false,
      skipNodeModulesBundle: true,
      // zod is bundled, because reading its hundred files would disturb tests that count system calls or have few descriptors.
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
