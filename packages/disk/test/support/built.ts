import { rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'tsup'
import { afterAll, beforeAll } from 'vitest'

const here = dirname(fileURLToPath(import.meta.url))
let count = 0

/** Builds a module as the sources are now, for child processes that cannot run TypeScript; removed after the file's tests. */
export function built(entry: string): string {
  count += 1
  const outDir = join(here, '..', '..', '.cache', `built-${process.pid}-${count}`)
  beforeAll(async () => {
    await build({
      config: false,
      silent: true,
      entry: [entry],
      outDir,
      format: 'esm',
      target: 'node20',
      noExternal: [/^@sessionkeep\//],
      esbuildOptions: (options) => {
        options.conditions = ['@sessionkeep/source']
      },
    })
  })
  afterAll(() => rmSync(outDir, { recursive: true, force: true }))
  return join(outDir, basename(entry).replace(/\.m?ts$|\.mjs$/, '.js'))
}
