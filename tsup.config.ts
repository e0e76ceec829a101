import { readFileSync } from 'node:fs'
import { defineConfig } from 'tsup'

type Target = string | { '@sessionkeep/source'?: string; require?: unknown }

// One config for every package: what a package's exports promise decides which entries and which formats are built.
const {
  exports,
  bin = {},
  private: isPrivate = false,
} = JSON.parse(readFileSync('package.json', 'utf8')) as {
  exports: Record<string, Target>
  bin?: Record<string, string>
  private?: boolean
}
const entries = [
  ...Object.values(exports).flatMap((target) =>
    typeof target === 'object' && target['@sessionkeep/source'] ? [target['@sessionkeep/source']] : [],
  ),
  ...Object.values(bin).map((program) => program.replace('/dist/', '/src/').replace(/\.js$/, '.ts')),
]
const main = exports['.']

export default defineConfig({
  entry: entries.length > 0 ? entries : ['src/index.ts'],
  format: typeof main === 'object' && main.require ? ['esm', 'cjs'] : ['esm'],
  target: 'node20',
  // The types of the other packages are read from their builds, which come before: their sources would be checked again here.
  dts: { compilerOptions: { ignoreDeprecations: '6.0', customConditions: [] } },
  sourcemap: true,
  clean: true,
  // The CommonJS build has no import.meta.url of its own.
  shims: true,
  // The tools of a package that nobody installs stay outside its build: some of them hold binaries.
  skipNodeModulesBundle: isPrivate,
  // The entries of one package share their classes and their state.
  splitting: entries.length > 1,
})
