import { rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'tsup'
import { afterAll, beforeAll } from 'vitest'

const programs = join(dirname(fileURLToPath(import.meta.url)), '..', 'programs')
const outDir = join(programs, '..', '..', '.cache', `bundled-${process.pid}`)

/** Bundles programs of `test/programs` with the sources as they are now; removed after the file's tests. Answers their paths. */
export function bundled<const Names extends readonly string[]>(names: Names): { [At in keyof Names]: string } {
  beforeAll(async () => {
    await build({
      config: false,
      silent: true,
      entry: names.map((name) => join(programs, `${name}.mjs`)),
      outDir,
      format: 'esm',
      target: 'node20',
      removeNodeProtocol: false,
      external: ['bun:test'],
      noExternal: [/^@sessionkeep/],
      outExtension: () => ({ js: '.mjs' }),
      esbuildOptions: (options) => {
        options.conditions = ['@sessionkeep/source']
      },
    })
  })
  afterAll(() => rmSync(outDir, { recursive: true, force: true }))
  return names.map((name) => join(outDir, `${name}.mjs`)) as { [At in keyof Names]: string }
}
