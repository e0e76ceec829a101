import { existsSync } from 'node:fs'
import { describe, expect, it, onTestFinished } from 'vitest'
import { workspacePackages } from './rules/repository-files.ts'
import { fencesOf } from './snippets/fences.ts'
import { isolated } from './snippets/isolation.ts'
import { layOut, typeErrors } from './snippets/playground.ts'
import { programsOf } from './snippets/programs.ts'
import { shellErrors } from './snippets/shell.ts'

const page = (...lines: string[]) => fencesOf({ path: 'docs/page.md', text: lines.join('\n') })

function prepared(...lines: string[]) {
  const programs = programsOf(page(...lines))
  const playground = layOut(programs)
  onTestFinished(() => playground.remove())
  return { programs, playground, errors: () => typeErrors(programs, playground) }
}

describe('fencesOf()', () => {
  it('returns language, words, text and the line in the page', () => {
    expect(page('# A', '', '```ts run', 'f()', '```', '- b', '  ~~~sh', '  npm ci', '  ~~~')).toEqual([
      { path: 'docs/page.md', line: 4, language: 'ts', words: ['run'], text: 'f()\n' },
      { path: 'docs/page.md', line: 8, language: 'sh', words: [], text: 'npm ci\n' },
    ])
  })

  it('reads a fence inside a longer fence as text', () => {
    expect(page('````md', '```ts', '```', '````')).toHaveLength(1)
  })

  it('throws for a fence that is never closed', () => {
    expect(() => page('```ts', 'f()')).toThrow('docs/page.md:1')
  })
})

describe('typeErrors()', () => {
  it('names the page and the line of an error of the compiler', () => {
    const { errors } = prepared('text', '```ts', 'export const a = 1', "const b: number = 'x'", '```')
    expect(errors()).toEqual([expect.stringMatching(/^docs\/page\.md:4: error TS2322/)])
  })

  it('checks our packages by name, and JavaScript too', () => {
    const lines = ["import { StoreError, Missing } from '@sessionkeep/core'", "new StoreError('NO_SUCH_CODE', 'x')"]
    expect(prepared('```ts', ...lines, '```', '```js', ...lines, '```').errors()).toHaveLength(4)
  })

  it('lets a fence continue the one before, with the lines of the page', () => {
    const lines = ['```ts', 'const a = 1', '```', 'text', '```ts continue', 'a.toFixed()', 'a.b', '```']
    expect(prepared(...lines).errors()).toEqual([expect.stringMatching(/^docs\/page\.md:7: error TS2339/)])
  })

  it('keeps fences that do not continue each other apart', () => {
    expect(prepared('```ts', 'const a = 1', '```', '```ts', 'const a = 2', '```').errors()).toEqual([])
  })
})

describe('isolated()', () => {
  it('runs a snippet and rethrows its error', async () => {
    const { programs, playground } = prepared(
      '```ts run',
      "const text: string = 'on purpose'",
      'throw new Error(text)',
      '```',
    )
    const [program] = programs
    expect(program?.isRun).toBe(true)
    const running = isolated(() => import(/* @vite-ignore */ program ? playground.fileOf(program) : ''))
    await expect(running).rejects.toThrow('on purpose')
  })

  it('runs with a temporary directory for tmux, the store and relative paths, and removes it', async () => {
    const own = process.cwd()
    const { SESSIONKEEP_DIRECTORY: configured } = process.env
    let inside = ''
    await isolated(async () => {
      inside = process.cwd()
      expect(process.env.TMUX_TMPDIR).toBe(inside)
    })
    expect(inside).not.toBe(own)
    expect(existsSync(inside)).toBe(false)
    expect(process.cwd()).toBe(own)
    expect(process.env.SESSIONKEEP_DIRECTORY).toBe(configured)
  })
})

describe('shellErrors()', () => {
  const errors = (...lines: string[]) => shellErrors(page('```sh', ...lines, '```'), workspacePackages())

  it.each([
    'npm run no-such-script',
    'npm stop',
    'npm install no-such-package-of-ours',
    'npm i -D @sessionkeep/bench',
    'npm publish',
    'npx no-such-command',
    'node scripts/no-such-file.mjs',
    'no-such-program --version',
    'git status && npm run no-such-script',
    'CI=true npm run no-such-script # with a comment',
  ])('finds %s', (line) => {
    expect(errors(line)).toHaveLength(1)
  })

  it('names the line, and ignores comments', () => {
    expect(errors('npm ci # once; then', '', 'npm run nothing # yet')).toEqual([
      'docs/page.md:4: `npm run nothing`: no such script',
    ])
  })

  it('passes existing commands, scripts and packages', () => {
    const lines = [
      'npm ci',
      'npm test -- packages/core',
      'FOO=1 npm run build',
      'npm install @sessionkeep/core zod@4.6.7',
    ]
    expect(
      errors(...lines, 'npx vitest run', 'node scripts/test.mjs \\', '  --verbose', '# npm run nothing', ''),
    ).toEqual([])
  })
})
