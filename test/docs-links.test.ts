import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path/posix'
import { describe, expect, it } from 'vitest'
import { codeOf, rowsUnder } from './pages/tables.ts'
import { type RepositoryFile, repositoryFiles, root } from './rules/repository-files.ts'
import { BELOW } from './rules/wings.ts'

const pages = repositoryFiles(/^[^/]*\.md$|^(packages|examples)\/[^/]+\/[^/]*\.md$|^docs\/.*\.md$/).filter(
  ({ path }) => !path.endsWith('CHANGELOG.md'),
)
const decisions = pages
  .filter(({ path }) => /^docs\/decisions\/\d{4}-/.test(path))
  .sort((a, b) => (a.path < b.path ? -1 : 1))
const exists = (path: string): boolean => existsSync(join(root, path))

/** The text without code, in which neither a link nor a heading is meant. */
const withoutFences = (text: string): string => text.replace(/^```.*?^```/gms, '')

/** The anchors of a page's headings, as they are made on the web. */
function anchorsOf(path: string): string[] {
  const text = withoutFences(readFileSync(join(root, path), 'utf8'))
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

/** Links of a page to files or headings that are not there. */
function brokenLinks({ path, text }: RepositoryFile): string[] {
  const targets = [...withoutFences(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target)
  return targets
    .filter((target) => !/^[a-z]+:/.test(target))
    .filter((target) => {
      const [file = '', anchor] = target.split('#')
      const at = file === '' ? path : normalize(join(dirname(path), file))
      return !exists(at) || (anchor !== undefined && !anchorsOf(at).includes(anchor))
    })
    .map((target) => `${path}: ${target}`)
}

/** Paths in code font that are not there. One without a folder is beside the one before it; a wing's is in core. */
function missingPaths({ path, text }: RepositoryFile): string[] {
  const written = [...withoutFences(text).matchAll(/`([\w@./-]+)`/g)].map(([, name = '']) => name)
  let folder = '.'
  return written.flatMap((name) => {
    const isPath = /^(packages|docs|test|scripts|examples)(\/|$)/.test(name)
    const isInWing = /^[a-z]+\/[\w-]+\.ts$/.test(name) && !isPath
    if (!isPath && !isInWing && !/^[\w-]+\.ts$/.test(name)) return []
    const at = isPath ? name : isInWing ? `packages/core/src/${name}` : join(folder, name)
    folder = dirname(at)
    return exists(at) || exists(join('packages/core/src', name)) ? [] : [`${path}: ${name}`]
  })
}

describe('the pages', () => {
  it('have links that lead to a file and to a heading in it', () => {
    expect(pages.length).toBeGreaterThan(20)
    expect(pages.flatMap(brokenLinks)).toEqual([])
  })

  it('for contributors name files that exist', () => {
    const own = pages.filter(({ path }) =>
      /^(CONTRIBUTING|docs\/architecture|docs\/guarantees|docs\/decisions\/.*)\.md$/.test(path),
    )
    expect(own.length).toBeGreaterThan(40)
    expect(own.flatMap(missingPaths)).toEqual([])
  })

  it('for contributors name what stands in one of the files beside it', () => {
    const missing = rowsUnder('CONTRIBUTING.md', 'I want to change …').flatMap(([change, where = '']) => {
      const words = [...where.matchAll(/`([^`]+)`/g)].map(([, word = '']) => word)
      const sources = words.filter((word) => word.endsWith('.ts') && exists(word))
      const text = sources.map((path) => readFileSync(join(root, path), 'utf8')).join('\n')
      const names = words.filter((word) => /^[a-zA-Z]+$/.test(word))
      return names.filter((name) => !new RegExp(`\\b${name}\\b`).test(text)).map((name) => `${change}: ${name}`)
    })
    expect(missing).toEqual([])
  })

  it('for contributors have every wing, and what it may import', () => {
    const rows = rowsUnder('docs/architecture.md', 'The map').map(([wing, , imports = '']) => [
      codeOf(wing)?.replace(/\/$/, ''),
      [...imports.matchAll(/`([^`]+)`/g)].map(([, name]) => name),
    ])
    expect(Object.fromEntries(rows)).toEqual(BELOW)
  })

  it('for contributors have every package on the map', () => {
    const [, map = ''] = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8').split('\n## Map\n')
    const packages = repositoryFiles(/^packages\/[^/]+\/package\.json$/).map(({ path }) => dirname(path))
    expect(packages.filter((directory) => !map.includes(`\`${directory}\``))).toEqual([])
  })
})

describe('the decisions', () => {
  it('each have a title, a status and the five parts', () => {
    const wrong = decisions.filter(({ text }) => {
      const headings = [...text.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading)
      const isWhole = headings.join() === 'Context,Options,Decision,Consequences,Evidence'
      return !isWhole || !/^# .+\n\n\*\*Status\*\*: (accepted|superseded by .+)\.\n/.test(text)
    })
    expect(wrong.map(({ path }) => path)).toEqual([])
  })

  it('are all in the index, by number, with their titles and states', () => {
    const index = readFileSync(join(root, 'docs/decisions/README.md'), 'utf8')
    const rows = [...index.matchAll(/^\| \[(\d{4})\]\(([^)]+)\) +\| (.*?) +\| (.*?) +\|$/gm)].map((row) =>
      row.slice(1, 5),
    )
    const wanted = decisions.map(({ path, text }) => {
      const file = path.slice('docs/decisions/'.length)
      const [, title, status] = /^# (.*)\n\n\*\*Status\*\*: (.*)\.\n/.exec(text) ?? []
      return [file.slice(0, 4), file, title, status]
    })
    expect(rows).toEqual(wanted)
    expect(new Set(rows.map(([number]) => number)).size).toBe(rows.length)
  })
})
