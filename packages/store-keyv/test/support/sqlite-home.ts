import { afterAll, beforeAll } from 'vitest'
import { sqliteHome } from './prerequisites.ts'

/** Runs the tests of this block in the directory from which the store finds sqlite3. */
export function inSqliteHome(): void {
  const before = process.cwd()
  beforeAll(() => process.chdir(sqliteHome ?? before))
  afterAll(() => process.chdir(before))
}
