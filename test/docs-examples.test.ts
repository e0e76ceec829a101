import { describe, expect, it } from 'vitest'
import { repositoryFiles } from './rules/repository-files.ts'
import { fencesOf } from './snippets/fences.ts'

const pages = repositoryFiles(/^README\.md$|^(packages|examples)\/[^/]+\/README\.md$|^docs\/(?!api-report\/).*\.md$/)

describe('the examples', () => {
  it('name a poolId where other machines may use the server too', () => {
    const shared = pages
      .flatMap(fencesOf)
      .filter(
        ({ language, text }) => /^(ts|json)$/.test(language) && /["'](redis|valkey|postgres|etcd)\w*:\/\//.test(text),
      )
    expect(shared.length).toBeGreaterThan(2)
    expect(shared.filter(({ text }) => !text.includes('poolId')).map(({ path, line }) => `${path}:${line}`)).toEqual([])
  })
})
