import { describe, expect, it } from 'vitest'
import { excess, storedBudget } from '../scripts/lib/weight.mjs'

const budget = { a: { gzip: 1000, loads: 'zod' } }

describe('the budget of what importing an entry costs', () => {
  it('is kept by what is smaller, or larger by less than a tenth', () => {
    expect(excess({ a: { gzip: 1090, loads: '' } }, budget)).toEqual([])
  })

  it.each([
    ['has grown by more than a tenth', { a: { gzip: 1101, loads: 'zod' } }, 'a has 1101 bytes'],
    ['loads another package', { a: { gzip: 900, loads: 'pino zod' } }, 'loads pino'],
    ['is new', { ...budget, b: { gzip: 1, loads: '' } }, 'b has no budget'],
    ['is gone', {}, 'a has a budget and is no entry'],
  ])('is not kept by an entry that %s', (_, measured, fault) => {
    expect(excess(measured, budget)).toEqual([expect.stringContaining(fault)])
  })

  it('lets core load neither pino nor OpenFeature', () => {
    const entries = Object.entries(storedBudget()).filter(([name]) => name.startsWith('@sessionkeep/core'))
    expect(entries.length).toBeGreaterThan(1)
    const ours = ['contracts', 'selection', 'replication', 'resume'].map((name) => `@sessionkeep/${name}`)
    for (const [, { loads }] of entries) {
      expect([[], ['zod']]).toContainEqual(loads.split(' ').filter((name) => name !== '' && !ours.includes(name)))
    }
  })

  it('lets no store and no host load the pool', () => {
    const entries = Object.entries(storedBudget()).filter(([name]) =>
      /contracts|selection|replication|resume|store-|disk|tmux/.test(name),
    )
    expect(entries.length).toBeGreaterThan(10)
    for (const [, { loads }] of entries) expect(loads.split(' ')).not.toContain('@sessionkeep/core')
  })
})
