import { rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'tsup'
import { afterAll, beforeAll } from 'vitest'

const STORE = fileURLToPath(new URL('./store-process.mjs', import.meta.url))
const outDir = fileURLToPath(new URL(`../../.cache/built-${process.pid}/`, import.meta.url))

/** A program for processes of their own, built from the sources as they are now; removed after the file's tests. */
export function builtProgram(entry = STORE): string {
  beforeAll(async () => {
    await build({
      config: false,
      silent: true,
      entry: [entry],
      outDir,
      format: 'esm',
      target: 'node20',
      noExternal: [/^@sessionkeep\//],
      external: ['zod', 'pino', 'keyv'],
      esbuildOptions: (options) => {
        options.conditions = ['@sessionkeep/source']
      },
    })
  })
  afterAll(() => rmSync(outDir, { recursive: true, force: true }))
  return join(outDir, basename(entry).replace(/\.mjs$/, '.js'))
}
