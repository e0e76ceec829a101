import { rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'tsup'
import { afterAll, beforeAll } from 'vitest'

const here = dirname(fileURLToPath(import.meta.url))
const outDir = join(here, '..', '..', '.cache', `built-${process.pid}`)

/** Builds a module and the sources that it imports, for a child process that cannot run TypeScript; removed after the file's tests. */
export function builtModule(entry: string): string {
  beforeAll(async () => {
    await build({
      config: false,
      silent: true,
      entry: [entry],
      outDir,
      format: 'esm',
      target: 'node20',
      // It is half CommonJS, and found from the package's own directory.
      external: ['execa'],
      noExternal: ['@sessionkeep/core', '@sessionkeep/conformance'],
      esbuildOptions: (options) => {
        options.conditions = ['@sessionkeep/source']
      },
    })
  })
  afterAll(() => rmSync(outDir, { recursive: true, force: true }))
  return join(outDir, basename(entry).replace(/\.m?ts$|\.mjs$/, '.js'))
}
