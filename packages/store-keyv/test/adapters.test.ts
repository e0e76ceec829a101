import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { missing } from '../src/adapters.ts'
import { contextOf, everythingIn, madeStore, rejection } from './support/fixture.ts'

const installed = await import('node:module').then(({ createRequire }) => {
  try {
    return createRequire(import.meta.url).resolve('sqlite3')
  } catch {
    return undefined
  }
})

describe('a missing package', () => {
  test.each(['@redis/client', 'pg', 'sqlite3', 'etcd3'] as const)('%s is asked for by its command', (name) => {
    expect(missing(name)).toMatchObject({ code: 'STORE_MISCONFIGURED', retryable: false })
    expect(missing(name).message).toMatch(new RegExp(`npm install ${name}@\\d+\\.\\d+\\.\\d+$`))
  })

  test.skipIf(installed)('rejects open() (needs sqlite3 not to be installed)', async () => {
    const before = process.cwd()
    const empty = mkdtempSync(join(tmpdir(), 'keyv-empty-'))
    process.chdir(empty)
    try {
      const error = await rejection(madeStore({ uri: 'sqlite://:memory:' }).open?.(contextOf()))
      expect(error).toMatchObject({ code: 'STORE_MISCONFIGURED' })
      expect(everythingIn(error)).toContain('npm install sqlite3@5.1.7')
    } finally {
      process.chdir(before)
      rmSync(empty, { recursive: true })
    }
  })
})
