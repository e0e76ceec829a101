import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { repositoryFiles, root } from './repository-files.ts'
import { phasePlaces, storeAndSessionCollections } from './session-state.ts'
import { builtInNames, circles, strayTime, upwardImports } from './wings.ts'

const core = (path: string, text: string) => ({ path: `packages/core/src/${path}`, text })
const sources = repositoryFiles(/^(packages|examples)\/[^/]+\/src\/.*\.ts$/)

describe('the rules on the wings find', () => {
  it.each([
    ['sessions/a.ts', "import { b } from '../discovery/b.ts'"],
    ['sessions/a.ts', "import type { B } from '../pool/verbs/b.ts'"],
    ['discovery/file/a.ts', "const b = await import('../../pool/b.ts')"],
    ['sessions/a.ts', "export { b } from '../discovery/b.ts'"],
    ['unknown/a.ts', ''],
  ])('an upward import in %s', (path, text) => {
    expect(upwardImports([core(path, text)])).toHaveLength(1)
  })

  it('no fault in an import from a wing below, within a wing, or from an entry', () => {
    const good = [
      core('pool/verbs/a.ts', "import { b } from '../../sessions/b.ts'"),
      core('pool/a.ts', "import { b } from './verbs/b.ts'"),
      core('index.ts', "export { b } from './pool/b.ts'"),
    ]
    expect(upwardImports(good)).toEqual([])
  })

  it('a circle of files once, type imports included', () => {
    const files = [
      core('base/c.ts', "import { a } from './a.ts'"),
      core('base/a.ts', "import type { B } from './b.ts'"),
      core('base/b.ts', "import { c } from './c.ts'"),
    ]
    const [a, b, c] = ['a', 'b', 'c'].map((name) => `packages/core/src/base/${name}.ts`)
    expect(circles(files)).toEqual([`${a} -> ${b} -> ${c} -> ${a}`])
    expect(circles(files.slice(1))).toEqual([])
  })

  it.each(['performance.now()', 'Date.now()', 'setTimeout(f, 1)', 'setInterval(f, 1)'])('a stray %s', (text) => {
    expect(strayTime([core('pool/a.ts', text)])).toHaveLength(1)
    expect(strayTime([{ path: 'packages/resume/src/a.ts', text }])).toHaveLength(1)
    expect(
      strayTime([{ path: 'packages/contracts/src/base/clock.ts', text }, core('pool/a.ts', `// ${text}`)]),
    ).toEqual([])
  })

  it.each(["if (key === 'memory') f()", "if (key !== 'none') f()", "switch (key) { case 'memory': }"])(
    'the name of a built-in store in %s',
    (text) => {
      expect(builtInNames([core('pool/a.ts', text)])).toHaveLength(1)
      const selection = { path: 'packages/selection/src/a.ts', text }
      expect(builtInNames([selection, core('pool/a.ts', "const takeIn = 'none'")])).toEqual([])
    },
  )
})

describe('the rules on the state of sessions find', () => {
  it.each([
    'const read = new Map<Replica, Set<string>>()',
    'const revisions = new WeakMap<Session, Map<StoreKey, number>>()',
    'interface A { readonly heard: ReadonlyMap<string, ReadonlySet<StoreRef>> }',
    'const late = new Set<readonly [Replica, Session]>()',
  ])('a collection by store and session in %s', (text) => {
    expect(storeAndSessionCollections([core('pool/a.ts', text)])).not.toEqual([])
    expect(storeAndSessionCollections([{ path: 'packages/replication/src/slots.ts', text }])).toEqual([])
  })

  it('no fault in a collection of stores, or of sessions', () => {
    const text = 'const open = new Set<Replica>(); const byName = new Map<string, Session>()'
    expect(storeAndSessionCollections([core('pool/a.ts', text)])).toEqual([])
  })

  it.each(['interface A { phase: string }', 'interface A { state: Phase }', 'const ending = new Set<string>()'])(
    'a place of the phase in %s',
    (text) => {
      expect(phasePlaces([core('pool/a.ts', text)])).toHaveLength(1)
      expect(phasePlaces([core('pool/a.ts', 'interface A { readonly phase: Phase }')])).toEqual([])
    },
  )
})

describe('each package of the pool', () => {
  it('imports only from wings below', () => {
    expect(upwardImports(sources)).toEqual([])
  })

  it('has, like every other package, no circular imports', () => {
    expect(circles(sources)).toEqual([])
  })

  it('uses the time only through its clock', () => {
    expect(strayTime(sources)).toEqual([])
  })

  it('uses the names of the built-in stores only in selection', () => {
    expect(builtInNames(sources)).toEqual([])
  })

  it('has at most eight thousand lines of core', () => {
    const core = sources.filter(({ path }) => path.startsWith('packages/core/src/'))
    const lines = core.reduce((sum, { text }) => sum + text.split('\n').length - 1, 0)
    expect(lines).toBeGreaterThan(1000)
    expect(lines).toBeLessThanOrEqual(8000)
  })

  it('keeps what it knows of a session in a store in slots alone, and the phase of a session in one place', () => {
    expect(storeAndSessionCollections(sources)).toEqual([])
    expect(phasePlaces(sources)).toEqual([expect.stringMatching(/^packages\/core\/src\/sessions\/session\.ts:/)])
  })

  it('keeps the state of a connection in at most three variables', () => {
    const connection = sources.find(({ path }) => path === 'packages/replication/src/connection.ts')?.text ?? ''
    const body = connection.slice(connection.indexOf('export function createConnection'))
    const variables = body.match(/^ {2}let /gm) ?? []
    expect(variables.length).toBeGreaterThan(0)
    expect(variables.length).toBeLessThanOrEqual(3)
  })

  it('exports at most sixty names from the main entry of core', () => {
    const report = readFileSync(join(root, 'docs/api-report/core.api.md'), 'utf8')
    expect(Number(/^(\d+) exported names/m.exec(report)?.[1])).toBeLessThanOrEqual(60)
  })
})
