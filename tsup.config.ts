import { readFileSync } from 'node:fs'
import { defineConfig } from 'tsup'

// One config for every package: what a package's exports promise decides which formats are built.
const { exports } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  exports: Record<string, { require?: unknown }>
}

export default defineConfig({
  entry: ['src/index.ts'],
  format: exports['.']?.require ? ['esm', 'cjs'] : ['esm'],
  target: 'node20',
  dts: { compilerOptions: { ignoreDeprecations: '6.0' } },
  sourcemap: true,
  clean: true,
  splitting: false,
})
