import { expect, test } from 'vitest'
import type { Driver, Engine } from '../../src/engine.ts'
import { keySpaceOf } from '../../src/keys.ts'
import { signalIn } from './fixture.ts'

const WILD = ['w*', 'w_', 'w%', 'w?', 'w[a]', 'w\\', 'wa', 'W_', 'w:', 'w']

/** Tests the pages of a driver: the keys that the server sends, before the store filters them. */
export function paging(driver: () => Driver): void {
  const connected = async (task: (engine: Engine) => Promise<void>) => {
    const engine = await driver().connect({
      ...signalIn(20_000),
      readOnly: false,
      probe: 'probe',
      asideProbe: 'aside',
      onLost: () => undefined,
    })
    try {
      await task(engine)
    } finally {
      await engine.end()
    }
  }
  const write = async (engine: Engine, keys: readonly string[]) => {
    for (let from = 0; from < keys.length; from += 500) {
      await engine.set(new Map(keys.slice(from, from + 500).map((key) => [key, '{"value":{}}'])))
    }
  }

  test('the server sends no key of another namespace, whatever wildcards are in its name', async () => {
    await connected(async (engine) => {
      const spaces = WILD.map((namespace) => keySpaceOf(namespace, undefined))
      await write(
        engine,
        spaces.map((space) => space.key('a')),
      )
      for (const space of spaces) {
        const keys: string[] = []
        for await (const page of engine.pages(space.prefix)) keys.push(...page)
        expect(keys).toEqual([space.key('a')])
      }
    })
  })

  test('a namespace is sent page by page, and writes and deletes between two pages hide no other key', async () => {
    await connected(async (engine) => {
      const space = keySpaceOf('paged', undefined)
      const at = (name: string) => space.key(name)
      const numbered = (prefix: string, count: number) =>
        Array.from({ length: count }, (_, index) => at(`${prefix}${String(index + 3).padStart(4, '0')}`))
      const remaining = numbered('m', 2200)
      const removed = numbered('n', 300)
      await write(engine, [...remaining, ...removed])
      const seen = new Set<string>()
      const kept = new Set(remaining)
      let pages = 0
      for await (const page of engine.pages(space.prefix)) {
        expect(page.length).toBeLessThan(1500)
        for (const key of page) seen.add(key)
        // The key at which a cursor may stop is removed, and other keys are added before and after it.
        const last = page.at(-1)
        if (last !== undefined) await engine.delete([last, ...removed.slice(pages * 20, pages * 20 + 20)])
        if (last !== undefined) kept.delete(last)
        await write(engine, [at(`a${pages}`), at(`m0999-${pages}`), at(`z${pages}`)])
        pages += 1
      }
      expect(pages).toBeGreaterThan(3)
      expect([...kept].filter((key) => !seen.has(key))).toEqual([])
    })
  })
}
