import { describe, expect, test } from 'vitest'
import { historySuite } from '../src/index.ts'
import { forgetful } from './broken/histories.ts'
import { soundStore } from './support/sound-store.ts'

const capabilities = { durability: 'process', retains: true, shared: false } as const

/** What the suite says of a store; undefined where it finds nothing. */
async function said(options: Partial<Parameters<typeof historySuite>[2]>): Promise<string | undefined> {
  const tests: Array<() => Promise<void>> = []
  const runner = {
    describe: (_: string, body: () => void) => body(),
    test: (_: string, body: () => Promise<void>) => tests.push(body),
  }
  historySuite(runner, 'it', { capabilities, create: soundStore, ...options })
  const [body] = tests
  return body?.().then(
    () => undefined,
    (error: Error) => error.message,
  )
}

/** What was found, without what differs from run to run: times and ids. */
const timeless = (found: string | undefined): string | undefined =>
  found?.split('\n')[0]?.replace(/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}|\d{13}/g, '…')

describe('historySuite()', () => {
  for (const { fault, says, create } of forgetful)
    test(`finds a store that ${fault}`, { timeout: 120_000 }, async () => {
      const found = await said({ create, mirror: { capabilities, create: soundStore }, runs: 100, shrinkMs: 0 })
      expect(found).toMatch(says)
    })

  test('prints the smallest history that it finds, and plays it again by its seed and path', {
    timeout: 120_000,
  }, async () => {
    const create = forgetful[2]?.create ?? soundStore
    const found = await said({ create, runs: 40, shrinkMs: 2000, seed: 7, lanes: 1 })
    expect(found).toMatch(/^ {2}a process starts on /m)
    const [, seed, path] = /seed: (-?\d+), path: '([\d:]+)'/.exec(found ?? '') ?? []
    const again = await said({ create, runs: 1, shrinkMs: 0, seed: Number(seed), path: path ?? '' })
    expect(timeless(again)).toBe(timeless(found))
  })
})
