import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createSessionPool, memoryStore } from '@sessionkeep/core'
import { memoryHost } from '@sessionkeep/core/testing'
import { createHttpApp } from '@sessionkeep/http'
import { describe, expect, it } from 'vitest'
import { commands } from '../packages/cli/src/commands.ts'
import { exitCodeOf } from '../packages/cli/src/errors.ts'
import { membersOf } from './pages/sources.ts'
import { codeOf, rowsUnder } from './pages/tables.ts'
import { repositoryFiles, root } from './rules/repository-files.ts'

const codesIn = (page: string, heading: string) => rowsUnder(page, heading).map(([first]) => codeOf(first) ?? '')

describe('docs/http.md', () => {
  const pool = createSessionPool({ host: memoryHost(), metadata: { store: memoryStore() } })
  const metrics = { contentType: 'text/plain', metrics: async () => '' }
  const app = createHttpApp(pool, { metrics })
  const headers = { authorization: `Bearer ${app.token}` }

  it('has every route of the OpenAPI document, and no other', async () => {
    const answer = await app.fetch(new Request('http://localhost/openapi.json', { headers }))
    const { paths } = (await answer.json()) as { paths: Record<string, object> }
    const routes = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    )
    expect(codesIn('docs/http.md', 'Routes').sort()).toEqual(routes.sort())
    app.close()
  })

  it('has every code of the app itself, with its status', () => {
    const source = readFileSync(join(root, 'packages/http/src/errors.ts'), 'utf8')
    const [, own = ''] = /const OWN = \{(.*?)\} as const/s.exec(source) ?? []
    const written = [...own.matchAll(/(\w+): (\d+)/g)].map(([, code, status]) => `${code} ${status}`)
    const page = rowsUnder('docs/http.md', 'Codes of the routes').filter(([, status = '']) => /^\d+$/.test(status))
    expect(page.map(([code, status]) => `${codeOf(code)} ${status}`).sort()).toEqual(written.sort())
  })
})

describe('docs/cli.md', () => {
  const shared = new Set(codesIn('docs/cli.md', 'Options of many commands'))

  it('has every command with its arguments and options', () => {
    const written = commands.map(({ name, summary, arguments: args = [], flags = [] }) => {
      const places = args.map(({ name, isOptional, isVariadic }) => {
        const place = `${name}${isVariadic ? '...' : ''}`
        return isOptional ? `[${place}]` : `<${place}>`
      })
      const own = flags.filter((flag) => !shared.has(flag.flags)).map((flag) => `\`${flag.flags}\``)
      return [`\`${[name, ...places].join(' ')}\``, summary, own.join(', ')]
    })
    expect(rowsUnder('docs/cli.md', 'All commands')).toEqual(written)
    const all = new Set(['--json', ...commands.flatMap(({ flags = [] }) => flags.map((flag) => flag.flags))])
    expect([...shared].filter((flag) => !all.has(flag))).toEqual([])
  })

  it('has every code of the command itself, with its exit code', () => {
    const codes = membersOf('packages/cli/src/errors.ts', 'CliErrorCode')
    const page = rowsUnder('docs/cli.md', 'Error codes').map(([code, exit]) => `${codeOf(code)} ${exit}`)
    expect(page.sort()).toEqual(codes.map((code) => `${code} ${exitCodeOf({ code })}`).sort())
  })
})

describe('the pages', () => {
  it('have every variable that the published packages read, and no other', () => {
    const inSources = repositoryFiles(/^packages\/(?!bench)[^/]+\/src\/.*\.tsx?$/).flatMap(({ path, text }) =>
      // The variables of tests, and those by which tmux gets the environment of a session, are nobody's setting.
      path.startsWith('packages/conformance/') ? [] : (text.match(/\bSESSIONKEEP_(?!LAUNCH|PATH)[A-Z_]+\b/g) ?? []),
    )
    const onPages = [
      ...codesIn('docs/configure.md', 'The environment'),
      ...codesIn('docs/cli.md', 'Variables of the command'),
    ]
    expect(onPages.sort()).toEqual([...new Set(inSources)].sort())
  })

  it('explain every error code that the sources make', () => {
    const made = repositoryFiles(/^packages\/(?!bench|conformance)[^/]+\/src\/.*\.ts$/).flatMap(({ text }) =>
      [...text.matchAll(/(?:Error|httpError)\(\s*'([A-Z]+(?:_[A-Z]+)+)'/g)].map(([, code = '']) => code),
    )
    const text = repositoryFiles(/^docs\/(operate|http|cli)\.md$/)
      .map((page) => page.text)
      .join('\n')
    expect(made.length).toBeGreaterThan(100)
    expect([...new Set(made)].filter((code) => !text.includes(`| \`${code}\``))).toEqual([])
  })

  it.each([
    ['packages/store-file', 'src/options.ts', 'FileStoreOptions'],
    ['packages/store-lowdb', 'src/options.ts', 'LowdbStoreOptions'],
    ['packages/store-keyv', 'src/options.ts', 'KeyvStoreOptions'],
    ['packages/tmux', 'src/options.ts', 'TmuxHostOptions'],
    ['packages/tmux', 'src/store/options.ts', 'TmuxStoreOptions'],
    ['packages/http', 'src/options.ts', 'HttpAppOptions'],
    ['packages/drill', 'src/options.ts', 'DrillOptions'],
  ])('have every option of %s (%s, %s), and no other', (directory, file, type) => {
    const heading = { TmuxHostOptions: 'Options', TmuxStoreOptions: 'The store' }[type]
    const page = readFileSync(join(root, directory, 'README.md'), 'utf8')
    const section = heading === undefined ? page : (page.split(`\n## ${heading}\n`)[1] ?? '')
    const [, table = ''] = /^\| option .*?\n\|[-| ]+\|\n(.*?)\n(?!\|)/ms.exec(section) ?? []
    const named = table.split('\n').flatMap((row) => {
      const [, first = ''] = row.split('|')
      return [...first.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name)
    })
    expect(named.sort()).toEqual(membersOf(`${directory}/${file}`, type).sort())
  })
})
