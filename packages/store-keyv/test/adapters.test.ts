import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { missing } from '../src/adapters.ts'
import { contextOf, everythingIn, madeStore, rejection } from './support/fixture.ts'

const installed = await import('node:module').then(({ createRequire }) => {
  try {
    return createRequire(import.meta.url).resolve('@keyv/sqlite')
  } catch {
    return undefined
  }
})

describe('a missing adapter', () => {
  test.each(['@keyv/redis', '@keyv/postgres', '@keyv/sqlite', '@keyv/etcd'] as const)(
    '%s is asked for by its command',
    (name) => {
      expect(missing(name)).toMatchObject({ code: 'STORE_MISCONFIGURED', retryable: false })
      expect(missing(name).message).toMatch(new RegExp(`npm install ${name}@\\d+\\.\\d+\\.\\d+$`))
    },
  )

  test.skipIf(installed)('rejects open() (needs @keyv/sqlite not to be installed)', async () => {
    const before = process.cwd()
    const empty = mkdtempSync(join(tmpdir(), 'keyv-empty-'))
    process.chdir(empty)
    try {
      const error = await rejection(madeStore({ uri: 'sqlite://:memory:' }).open?.(contextOf()))
      expect(error).toMatchObject({ code: 'STORE_MISCONFIGURED' })
      expect(everythingIn(error)).toContain('npm install @keyv/sqlite@4.0.8')
    } finally {
      process.chdir(before)
      rmSync(empty, { recursive: true })
    }
  })
})
