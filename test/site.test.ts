import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { sidebar } from '../docs/.vitepress/sidebar.mjs'
import { slugOf } from '../docs/.vitepress/slug.mjs'
import { forSite, placesOf } from '../scripts/lib/site-pages.mjs'
import { rowsUnder } from './pages/tables.ts'
import { repositoryFiles, root } from './rules/repository-files.ts'

const places: ReadonlyMap<string, string> = placesOf()
const links = (sidebar([]) as Array<{ items: Array<{ link: string }> }>).flatMap(({ items }) =>
  items.map(({ link }) => link),
)
const textOf = (path: string): string => readFileSync(join(root, path), 'utf8')

/** The lengths of the sentences of a page, in words; tables, code and lists of links are left out. */
function sentenceLengths(text: string): number[] {
  const prose = text
    .replace(/^```.*?^```/gms, '')
    .replace(/<[^>]+>/g, '')
    .replace(/^(#|\||\[!|!\[).*$/gm, '')
  return prose
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .split(/(?<=[.:?!])\s+|\n{2,}|\n- /)
    .map((sentence) => sentence.split(/\s+/).filter((word) => /\p{L}/u.test(word)).length)
    .filter((words) => words > 1)
}

describe('the site', () => {
  it('has every page of docs/ and every public package in its sidebar', () => {
    const pages = [...places.values()].filter((place) => !/^(decisions\/\d|examples\/|packages\/bench)/.test(place))
    const listed = new Set(links.map((link) => link.replace(/^\//, '').replace(/#.*/, '')))
    const withoutEnding = (place: string) => place.replace(/(^|\/)index\.md$/, '$1').replace(/\.md$/, '')
    expect(pages.map(withoutEnding).filter((page) => !listed.has(page))).toEqual([])
    expect(links.length).toBeGreaterThan(30)
  })

  it('leads from page to page, and to the repository for all else', () => {
    const text =
      '[a](gateway.md#events) [b](../README.md) [c](../packages/core/README.md) [d](../test/rules) `[e](gateway.md)`'
    expect(forSite(text, 'docs/operate.md', places)).toBe(
      '[a](./gateway.md#events) [b](./index.md) [c](./packages/core.md) [d](https://github.com/sessionkeep/sessionkeep/blob/main/test/rules) `[e](gateway.md)`',
    )
  })

  it.each([
    ['What `persistence()` says', 'what-persistence-says'],
    ['1. The folder', '1-the-folder'],
    ['A record is corrupt', 'a-record-is-corrupt'],
  ])('makes the same anchor as GitHub of %s', (heading, anchor) => {
    expect(slugOf(heading)).toBe(anchor)
  })
})

describe('the pages', () => {
  it.each(['README.md', ...repositoryFiles(/^docs\/[^/]+\.md$/).map(({ path }) => path)])(
    'have short sentences: the median in %s is under 20 words, and none has more than 40',
    (path) => {
      // Lists of links are no sentences.
      const text = textOf(path).replace(/^- \*\*\w[^*]*:\*\*( `[^`]+`|,| ?\[[^\]]+\]\([^)]+\))+.*$/gm, '')
      const lengths = sentenceLengths(text).sort((a, b) => a - b)
      expect(lengths[Math.floor(lengths.length / 2)] ?? 0).toBeLessThan(20)
      expect(lengths.at(-1) ?? 0).toBeLessThanOrEqual(40)
    },
  )

  it('quote the measured times of other libraries in the README as the benchmark has them', () => {
    const measured = textOf('docs/benchmarks.md')
    const rows = rowsUnder('README.md', 'When something simpler is enough').filter(([, , , time]) =>
      /\d/.test(time ?? ''),
    )
    expect(rows).toHaveLength(3)
    for (const [what = '', , , time = ''] of rows) {
      const name = /lowdb|write-file-atomic/.exec(what)?.[0] ?? 'file store (power)'
      const [, , median = ''] =
        measured
          .split('\n')
          .find((line) => line.includes(`1 of 500, ${name}`))
          ?.split('|')
          .slice(1) ?? []
      expect(Number.parseFloat(time)).toBeCloseTo(Number.parseFloat(median) / (median.includes('µs') ? 1000 : 1), 2)
    }
  })
})
