import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { repositoryFiles, root } from './rules/repository-files.ts'

const workflows = repositoryFiles(/^\.github\/workflows\/.*\.yml$/)

describe('the workflows', () => {
  it('pin each action to a commit, and say which release that is', () => {
    const uses = workflows.flatMap(({ text }) => text.split('\n').filter((line) => /\buses:/.test(line)))
    expect(uses.length).toBeGreaterThan(3)
    expect(uses.filter((line) => !/uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line))).toEqual([])
  })

  it('may read the repository, and a job says for itself what else it may do', () => {
    for (const { path, text } of workflows) {
      expect(`${path} ${/^permissions:\n((?: .*\n)+)/m.exec(text)?.[1]?.trim()}`).toBe(`${path} contents: read`)
    }
  })

  it('run the same checks as .ci/run on each supported version of Node, on Linux and macOS', () => {
    const text = workflows.find(({ path }) => path.endsWith('/test.yml'))?.text ?? ''
    expect(text.match(/- run: \.ci\/run$/gm)).toHaveLength(2)
    expect(text.match(/node: \["20", "22", "24"\]$/gm)).toHaveLength(2)
    expect(text).toMatch(/runs-on: ubuntu-/)
    expect(text).toMatch(/runs-on: macos-/)
    expect(existsSync(join(root, '.ci/run'))).toBe(true)
  })

  it('call scripts that exist', () => {
    const [manifest] = repositoryFiles(/^package\.json$/)
    const { scripts } = JSON.parse(manifest?.text ?? '{}') as { scripts: Record<string, string> }
    const called = workflows.flatMap(({ text }) =>
      [...text.matchAll(/npm run ([\w:-]+)/g)].map(([, name = '']) => name),
    )
    expect(called.filter((name) => !(name in scripts))).toEqual([])
  })
})
