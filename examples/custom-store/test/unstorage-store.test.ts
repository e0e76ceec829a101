import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { unstorageStore } from '../src/index.ts'
import { FS } from './support/profiles.ts'

const { signal } = new AbortController()
const context = { signal, logger: console }

function freshDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'sk-unstorage-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

test('a directory that vanishes while the store is open is an outage, and empty after the next open()', async () => {
  const base = join(freshDirectory(), 'base')
  const store = unstorageStore('fs', { base }, FS)
  await store.open?.(context)
  await store.setMany(new Map([['a', { n: 1 }]]), { signal })
  rmSync(base, { recursive: true })
  const away = { code: 'STORE_UNAVAILABLE' }
  await expect(store.getMany(['a'], { signal })).rejects.toMatchObject(away)
  await expect(store.setMany(new Map([['b', {}]]), { signal })).rejects.toMatchObject(away)
  await store.close?.()
  await store.open?.(context)
  expect(await store.getMany(['a', 'b'], { signal })).toEqual(new Map())
  await store.close?.()
})

test('records that are set aside twice are both kept', async () => {
  const base = freshDirectory()
  const store = unstorageStore('fs', { base }, FS)
  await store.open?.(context)
  for (const text of ['{ torn', 'also torn']) {
    await store.setMany(new Map([['a', {}]]), { signal })
    writeFileSync(join(base, 'ground', 'live', 'a'), text)
    await store.setAside?.(['a'], { signal })
  }
  await store.close?.()
  const aside = join(base, 'ground', 'aside')
  expect(
    readdirSync(aside)
      .map((name) => readFileSync(join(aside, name), 'utf8'))
      .sort(),
  ).toEqual(['also torn', '{ torn'])
})

test('a read-only store changes nothing, and reads what another store has written', async () => {
  const base = join(freshDirectory(), 'base')
  const reader = unstorageStore('fs', { base }, FS)
  await reader.open?.({ ...context, readOnly: true })
  expect(await reader.getMany(['a'], { signal })).toEqual(new Map())
  expect(existsSync(base)).toBe(false)
  const writer = unstorageStore('fs', { base }, FS)
  await writer.open?.(context)
  await writer.setMany(new Map([['a', { n: 1 }]]), { signal })
  expect(await reader.getMany(['a'], { signal })).toEqual(new Map([['a', { n: 1 }]]))
  await reader.close?.()
  await writer.close?.()
})

test('the driver gets keys in its own form, and values of other types are read as JSON', async () => {
  const storage = Object.create({
    getItem: (key: string) => storage[key],
    setItem: (key: string, text: string) => Object.assign(storage, { [key]: text }),
    removeItem: (key: string) => delete storage[key],
  }) as Record<string, unknown>
  const store = unstorageStore('localstorage', { storage }, FS)
  await store.open?.({ ...context, namespace: 'docs' })
  await store.setMany(new Map([['a', { n: 1 }]]), { signal })
  expect(Object.keys(storage)).toEqual(['sessionkeep', 'pool-docs:live:a'])
  storage['pool-docs:live:a'] = { n: 2 }
  expect(await store.getMany(['a'], { signal })).toEqual(new Map([['a', { n: 2 }]]))
  await store.close?.()
})

test.each([
  ['no-such-driver', {}],
  ['fs', {}],
])('the driver %s with the options %j is refused by open(), which may be called again', async (driver, options) => {
  const store = unstorageStore(driver, options, FS)
  for (let times = 0; times < 2; times += 1) {
    await expect(store.open?.(context)).rejects.toMatchObject({ code: 'STORE_MISCONFIGURED', retryable: false })
  }
})
