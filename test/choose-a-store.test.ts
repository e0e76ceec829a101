import { expect, test } from 'vitest'
import { rowsUnder } from './pages/tables.ts'
import { BARE, COSTS_TITLES } from './stores/costs-table.ts'
import { STORES } from './stores/facts.ts'
import { keepsTable } from './stores/keeps-table.ts'

const PAGE = 'docs/choose-a-store.md'

test('the page has the declared capabilities of each store (npm run tables writes it)', () => {
  expect(rowsUnder(PAGE, 'What each keeps')).toEqual(keepsTable().slice(1))
})

test('the page has figures for each store, and for a bare write to compare with', () => {
  const rows = rowsUnder(PAGE, 'What each costs')
  expect(rows.map(([title]) => title)).toEqual([...STORES.map(({ title }) => title), BARE])
  for (const row of rows) expect(row).toHaveLength(COSTS_TITLES.length)
  for (const [title, keeps, ...figures] of rows.slice(0, -1)) {
    expect(`${title}: ${keeps}`).toMatch(/: (nothing|a kill|a power cut)$/)
    expect(`${title}: ${figures.join(', ')}`).toMatch(/: (< 0\.1 ms|[\d.]+ ms)(, (< 0\.1 ms|[\d.]+ ms)){2}$/)
  }
})
