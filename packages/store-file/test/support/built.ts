import { rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'tsup'
import { afterAll, beforeAll } from 'vitest'

const here = dirname(fileURLToPath(import.meta.url))
const outDir = join(here, '..', '..', '.cache', `built-${process.pid}`)

/** Builds the sources as they are now, for child processes that cannot run TypeScript; removed after the file's tests. */
export function builtStore(): string {
  beforeAll(async () => {
    await build({
      config: false,
      silent: true,
      entry: [join(here, '..', '..', 'src', 'index.ts')],
      outDir,
      format: 'esm',
      target: 'node20',
      noExternal: ['@sessionkeep/core'],
      esbuildOptions: (options) => {
        options.conditions = ['@sessionkeep/source']
      },
    })
  })
  afterAll(() => rmSync(outDir, { recursive: true, force: true }))
  return join(outDir, 'index.js')
}
