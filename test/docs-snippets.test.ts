import { afterAll, describe, expect, it } from 'vitest'
import { repositoryFiles, workspacePackages } from './rules/repository-files.ts'
import { fencesOf } from './snippets/fences.ts'
import { isolated } from './snippets/isolation.ts'
import { layOut, typeErrors } from './snippets/playground.ts'
import { programsOf } from './snippets/programs.ts'
import { shellErrors } from './snippets/shell.ts'

// A fence is `ts` (type-checked), `ts run` (also executed), `ts continue` (appended to the fence before it), `ts as=store.ts`
// (a file of that name, which other fences import) or `sh`.
const pages = repositoryFiles(/^((packages|examples)\/[^/]+\/)?(README|CONTRIBUTING|AGENTS)\.md$|^docs\/.*\.md$/)
const fences = pages.flatMap(fencesOf)
const programs = programsOf(fences)
const playground = layOut(programs)
afterAll(() => playground.remove())

describe('the pages', () => {
  it('have code that the compiler accepts', () => {
    expect(typeErrors(programs, playground)).toEqual([])
  })

  it('have code that Node 20 parses once its types are left out', () => {
    const found = fences.filter(
      ({ language, text }) => ['ts', 'js'].includes(language) && /^\s*(await )?using /m.test(text),
    )
    expect(found.map(({ path, line }) => `${path}:${line}`)).toEqual([])
  })

  it('name commands, scripts and packages that exist', () => {
    expect(fences.length).toBeGreaterThan(0)
    expect(shellErrors(fences, workspacePackages())).toEqual([])
  })

  for (const program of programs.filter(({ isRun }) => isRun)) {
    it(`have code that runs: ${program.fileName}`, async () => {
      await isolated(() => import(/* @vite-ignore */ playground.fileOf(program)))
    })
  }
})
