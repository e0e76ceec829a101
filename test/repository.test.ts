import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { undocumentedLibraries, wrongRanges } from './rules/dependencies.ts'
import { wrongExports } from './rules/exports.ts'
import { tooLong } from './rules/file-size.ts'
import { wrongImports } from './rules/imports.ts'
import { wrongPackageFiles } from './rules/package-files.ts'
import { realTimeAssertions } from './rules/real-time.ts'
import { repositoryFiles, root, workspacePackages } from './rules/repository-files.ts'
import { silencedTests } from './rules/silenced-tests.ts'
import { suppressions } from './rules/suppressions.ts'

const code = repositoryFiles(/\.(tsx?|mts|cts|mjs|cjs|js)$/)
const sources = code.filter(({ path }) => /^(packages|examples)\/[^/]+\/src\//.test(path))
const tests = code.filter(({ path }) => /^((packages|examples)\/[^/]+\/)?test\//.test(path))
const packages = workspacePackages()

describe('the repository', () => {
  it('has no source file above 320 lines', () => {
    expect(code.length).toBeGreaterThan(20)
    expect(tooLong(code)).toEqual([])
  })

  it('exports by name, and by default only from a plug-in', () => {
    expect(sources.length).toBeGreaterThan(10)
    expect(wrongExports(sources)).toEqual([])
  })

  it('imports only packages that are allowed and declared', () => {
    expect(wrongImports(sources, packages)).toEqual([])
  })

  it('has no merge markers', () => {
    const marked = repositoryFiles(/\.(md|ts|mjs|cjs|js|json|yml)$/).filter(({ text }) =>
      /^(<{7} |>{7} |(> ){7})/m.test(text),
    )
    expect(marked.map(({ path }) => path)).toEqual([])
  })

  it('runs all of its tests', () => {
    expect(tests.length).toBeGreaterThan(0)
    expect(silencedTests(tests)).toEqual([])
  })

  it('compares nothing with the time of the machine in its tests', () => {
    expect(realTimeAssertions(tests)).toEqual([])
  })

  it('silences no check and postpones no work', () => {
    expect(suppressions(code)).toEqual([])
  })

  it('has the same files in every package', () => {
    const paths = repositoryFiles(/^packages\//).map(({ path }) => path)
    expect(wrongPackageFiles(packages, paths)).toEqual([])
  })

  it('has caret ranges in published packages, and one version of each tool', () => {
    expect(wrongRanges(packages)).toEqual([])
  })

  it('names every library with its version and a reason in docs/dependencies.md', () => {
    expect(undocumentedLibraries(packages, readFileSync(join(root, 'docs/dependencies.md'), 'utf8'))).toEqual([])
  })
})
