import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'tsup'
import { afterAll, beforeAll } from 'vitest'

const entry = fileURLToPath(new URL('./store-process.mjs', import.meta.url))
const outDir = fileURLToPath(new URL(`../../.cache/built-${process.pid}/`, import.meta.url))

/** The program for the suite's processes, built from the sources as they are now; removed after the file's tests. */
export function storeProcess(): string {
  beforeAll(async () => {
    await build({
      config: false,
      silent: true,
      entry: [entry],
      outDir,
      format: 'esm',
      target: 'node20',
      noExternal: ['@sessionkeep/core', '@sessionkeep/conformance'],
      esbuildOptions: (options) => {
        options.conditions = ['@sessionkeep/source']
      },
    })
  })
  afterAll(() => rmSync(outDir, { recursive: true, force: true }))
  return join(outDir, 'store-process.js')
}
