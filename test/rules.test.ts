import { describe, expect, it } from 'vitest'
import { undocumentedLibraries, wrongRanges } from './rules/dependencies.ts'
import { wrongExports } from './rules/exports.ts'
import { tooLong } from './rules/file-size.ts'
import { wrongImports } from './rules/imports.ts'
import { wrongPackageFiles } from './rules/package-files.ts'
import { realTimeAssertions } from './rules/real-time.ts'
import { silencedTests } from './rules/silenced-tests.ts'
import { suppressions } from './rules/suppressions.ts'

// Tests each rule of the repository with code that breaks it and code that does not.
const at = (path: string, ...lines: string[]) => [{ path, text: `${lines.join('\n')}\n` }]

describe('tooLong()', () => {
  const lines = (count: number) => at('packages/core/src/a.ts', ...Array.from({ length: count }, () => '// a line'))

  it('finds a file of 321 lines and passes one of 320', () => {
    expect(tooLong(lines(321))).toEqual(['packages/core/src/a.ts: 321 lines'])
    expect(tooLong(lines(320))).toEqual([])
  })
})

describe('wrongExports()', () => {
  it.each([
    "export * from './b.ts'",
    "export * as b from './b.ts'",
    'export default 1',
    'export default function f() {}',
    'export default class {}',
    "export { default } from './b.ts'",
    'const b = 1; export { b as default }',
  ])('finds %s', (line) => {
    expect(wrongExports(at('packages/core/src/a.ts', line))).toHaveLength(1)
  })

  it('passes named exports, text that looks like one, and the default export of a plug-in', () => {
    expect(wrongExports(at('packages/core/src/a.ts', 'export const b = "export default 1" // export * '))).toEqual([])
    expect(wrongExports(at('packages/store-file/src/plugin.ts', 'export default 1'))).toEqual([])
  })
})

describe('wrongImports()', () => {
  const manifest = (name: string, ...dependencies: string[]) => ({
    directory: `packages/${name}`,
    manifest: { name: `@sessionkeep/${name}`, dependencies: Object.fromEntries(dependencies.map((d) => [d, '1.0.0'])) },
  })
  const packages = [
    manifest('contracts', 'zod', 'pino', '@sessionkeep/core'),
    manifest('core', 'zod', 'execa', '@sessionkeep/contracts'),
    manifest(
      'tmux',
      '@sessionkeep/contracts',
      '@sessionkeep/core',
      '@sessionkeep/store-file',
      '@sessionkeep/disk',
      'execa',
    ),
    manifest(
      'store-file',
      '@sessionkeep/contracts',
      '@sessionkeep/core',
      '@sessionkeep/disk',
      '@sessionkeep/store-lowdb',
    ),
    manifest('disk', '@sessionkeep/contracts', '@sessionkeep/store-file'),
    manifest('cli', '@sessionkeep/core', '@sessionkeep/tmux', '@sessionkeep/store-file'),
  ]

  it.each([
    ['core', "import { tmuxHost } from '@sessionkeep/tmux'"],
    ['core', "import { execa } from 'execa'"],
    ['contracts', "import { pino } from 'pino'"],
    ['contracts', "import { createSessionPool } from '@sessionkeep/core'"],
    ['store-file', "import { createSessionPool } from '@sessionkeep/core'"],
    ['store-file', "import { systemClock } from '@sessionkeep/contracts/internal'"],
    ['core', "const x = await import('lowdb')"],
    ['core', "export { x } from 'fs'"],
    ['tmux', "import { fileStore } from '@sessionkeep/store-file'"],
    ['tmux', "import type { FileStore } from '@sessionkeep/store-file'"],
    ['contracts', "import { withPermit } from '@sessionkeep/disk'"],
    ['store-file', "import { lowdbStore } from '@sessionkeep/store-lowdb'"],
    ['disk', "import { fileStore } from '@sessionkeep/store-file'"],
    ['tmux', "import { x } from '../../core/src/index.ts'"],
    ['tmux', "import { x } from '../test/x.ts'"],
    ['tmux', "import { z } from 'zod'"],
    ['cli', "import { fileStore } from '@sessionkeep/store-file'"],
  ])('finds in %s: %s', (name, line) => {
    expect(wrongImports(at(`packages/${name}/src/a.ts`, line), packages)).toHaveLength(1)
  })

  it.each([
    ['core', "import { z } from 'zod'; import 'node:fs'; import './b.ts'; import { x } from 'zod/mini'"],
    ['core', "import { systemClock } from '@sessionkeep/contracts/internal'"],
    [
      'tmux',
      "import { HostError } from '@sessionkeep/contracts/host'; import { execa } from 'execa'; import '../src/b.ts'",
    ],
    ['cli', "import { createSessionPool } from '@sessionkeep/core'"],
    ['store-file', "import { withPermit } from '@sessionkeep/disk'"],
    ['disk', "import { StoreError } from '@sessionkeep/contracts'"],
  ])('passes in %s: %s', (name, line) => {
    expect(wrongImports(at(`packages/${name}/src/a.ts`, line), packages)).toEqual([])
  })
})

describe('wrongImports() of the dashboard', () => {
  const manifest = { name: '@sessionkeep/http', devDependencies: { preact: '11.2.0' } }
  const packages = [{ directory: 'packages/http', manifest }]
  const render = "import { render } from 'preact'"

  it('passes what the build bundles, in the dashboard alone', () => {
    expect(wrongImports(at('packages/http/src/dashboard/main.tsx', render), packages)).toEqual([])
    expect(wrongImports(at('packages/http/src/index.ts', render), packages)).toHaveLength(1)
  })
})

describe('realTimeAssertions()', () => {
  it.each([
    'const start = performance.now(); f(); expect(performance.now() - start).toBeLessThan(100)',
    'const start = Date.now(); const tookMs = Date.now() - start; expect(tookMs).toBeGreaterThanOrEqual(90)',
    'expect(f().createdAt).toBeLessThanOrEqual(Date.now())',
    'const start = process.hrtime.bigint(); expect(start).toBeGreaterThan(1n)',
  ])('finds %s', (line) => {
    expect(realTimeAssertions(at('test/a.test.ts', line))).toHaveLength(1)
  })

  it('passes counts, virtual time, and times that are not compared', () => {
    const lines = [
      'const start = performance.now()',
      'console.log(performance.now() - start)',
      'expect(calls.length).toBeLessThan(5)',
      'expect(status.oldestDirtyMs).toBeLessThanOrEqual(clock.now() - before)',
      'expect(await read({ start })).toMatchObject({ createdAt: start })',
    ]
    expect(realTimeAssertions(at('test/a.test.ts', ...lines))).toEqual([])
  })
})

describe('silencedTests()', () => {
  it.each([
    "it.only('x', f)",
    "describe.skip('x', f)",
    "test.todo('x')",
    "test.concurrent.skip('x', f)",
    "it.each([1]).only('x', f)",
    "it.skipIf(true)('x', f)",
    "it.runIf(false)('x', f)",
    "it.runIf(0)('x', f)",
  ])('finds %s', (line) => {
    expect(silencedTests(at('test/a.test.ts', line))).toHaveLength(1)
  })

  it.each(["it.skipIf(!isRoot)('x', f)", "it('only', f)", 'list.skip(1)', "const text = 'it.only'"])(
    'passes %s',
    (line) => {
      expect(silencedTests(at('test/a.test.ts', line))).toEqual([])
    },
  )
})

describe('suppressions()', () => {
  it.each(['// @ts-ignore', '/* biome-ignore lint: x */', 'f() // TODO later', '/** FIXME */\nf()'])(
    'finds %s',
    (line) => {
      expect(suppressions(at('packages/core/src/a.ts', line))).toHaveLength(1)
    },
  )

  it('passes the same words in text', () => {
    expect(suppressions(at('packages/core/src/a.ts', "f('TODO', '// @ts-ignore') // a comment"))).toEqual([])
  })
})

describe('wrongPackageFiles()', () => {
  const parts = ['package.json', 'tsconfig.json', 'README.md', 'src/index.ts', 'test/index.test.ts', 'LICENSE']
  const own = [{ directory: 'packages/a', manifest: { name: '@sessionkeep/a' } }]
  const paths = parts.map((part) => `packages/a/${part}`)

  it.each(parts)('finds that %s is missing', (part) => {
    expect(
      wrongPackageFiles(
        own,
        paths.filter((path) => !path.endsWith(part)),
      ),
    ).toHaveLength(1)
  })

  it('finds an unexpected file of a package, and passes an expected one', () => {
    expect(wrongPackageFiles(own, [...paths, 'packages/a/tsup.config.ts'])).toEqual([
      'packages/a/tsup.config.ts is not an allowed file of a package',
    ])
    expect(wrongPackageFiles(own, [...paths, 'packages/a/CHANGELOG.md', 'packages/ab/x'])).toEqual([])
  })
})

describe('the rules on dependencies', () => {
  const core = { directory: 'packages/core', manifest: { name: '@sessionkeep/core', version: '0.2.0' } }
  const using = (name: string, range: string) => [
    core,
    { directory: 'packages/a', manifest: { name: '@sessionkeep/a', dependencies: { [name]: range } } },
  ]
  const page =
    '| library | version | why |\n|---|---|---|\n| `zod` | 4.6.7 | checks what comes in |\n| `pino` | 1.0.0 | |'

  it.each(['~4.6.7', '4.x', '*', 'latest', '>=4.6.7', '4.6.7'])(
    'wrongRanges() finds zod@%s in a published package',
    (range) => {
      expect(wrongRanges(using('zod', range))).toHaveLength(1)
    },
  )

  it('wrongRanges() passes a caret range, and requires the current version of our own packages', () => {
    expect(wrongRanges(using('zod', '^4.6.7'))).toEqual([])
    expect(wrongRanges(using('@sessionkeep/core', '^0.2.0'))).toEqual([])
    expect(wrongRanges(using('@sessionkeep/core', '^0.1.0'))).toHaveLength(1)
  })

  it('wrongRanges() requires one version of a tool, and a range of a peer', () => {
    const ranges = (manifest: object) =>
      wrongRanges([{ directory: 'packages/a', manifest: { name: '@sessionkeep/a', ...manifest } }])
    expect(ranges({ devDependencies: { vitest: '^4.1.12' } })).toHaveLength(1)
    expect(ranges({ devDependencies: { typescript: 'npm:@typescript/typescript6@6.0.2' } })).toEqual([])
    expect(ranges({ private: true, dependencies: { lowdb: '^7.0.1' } })).toHaveLength(1)
    expect(ranges({ peerDependencies: { '@keyv/redis': '5.1.6' } })).toHaveLength(1)
    expect(ranges({ peerDependencies: { '@keyv/redis': '>=5.1.6 <6' } })).toEqual([])
    expect(ranges({ peerDependencies: { '@sessionkeep/core': '^0.1.0' } })).toHaveLength(1)
    expect(ranges({ peerDependencies: { '@sessionkeep/core': '>=0.1.0 <1.0.0' } })).toEqual([])
  })

  it('undocumentedLibraries() finds a library without a row, with another version, or without a reason', () => {
    expect(undocumentedLibraries(using('execa', '9.6.1'), page)).toHaveLength(1)
    expect(undocumentedLibraries(using('zod', '4.6.8'), page)).toHaveLength(1)
    expect(undocumentedLibraries(using('pino', '1.0.0'), page)).toHaveLength(1)
    expect(undocumentedLibraries(using('zod', '4.6.7'), page)).toEqual([])
  })
})
