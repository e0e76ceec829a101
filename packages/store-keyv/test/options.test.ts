import { afterEach, describe, expect, test, vi } from 'vitest'
import plugin, { keyvStore } from '../src/index.ts'

afterEach(() => {
  vi.unstubAllEnvs()
})

describe('the options', () => {
  test.each([
    [{}, 'exactly one'],
    [{ uri: 'redis://a', adapter: new Map() }, 'exactly one'],
    [{ uri: 7 }, 'expected a URI'],
    [{ uri: 'mysql://u:secret@h' }, 'no adapter is known for mysql://'],
    [{ uri: 'redis://:secret@h:x' }, 'is malformed'],
    [{ uri: 'redis://a', namespace: 'a\0b' }, 'namespace'],
    [{ uri: 'redis://a', namespace: '\ud800' }, 'namespace'],
    [{ uri: 'redis://a', table: 'a; DROP TABLE b' }, 'table'],
    [{ uri: 'redis://a', timeoutMs: 0 }, 'timeoutMs'],
    [{ uri: 'redis://a', timeoutMs: 1.5 }, 'timeoutMs'],
    [{ uri: 'redis://a', durability: 'power' }, 'read from its settings'],
    [{ uri: 'redis://a', shared: true }, 'shared'],
    [{ adapter: new Map(), durability: 'always' }, 'durability'],
    [{ adapter: {} }, 'adapter'],
    [{ keyv: {} }, 'keyv'],
    [{ url: 'redis://:secret@a', uri: 'redis://a' }, 'url is not an option; did you mean "uri"?'],
  ])('%j are refused with the fault: %s', async (options, words) => {
    const { issues = [] } = await plugin.options['~standard'].validate(options)
    expect(issues.map(({ path = [], message }) => `${path.join()}: ${message}`).join()).toContain(words)
    const make = () => keyvStore(options as Parameters<typeof keyvStore>[0])
    expect(make).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }))
    expect(make).not.toThrow(/secret/)
  })

  test('SESSIONKEEP_KEYV_URI is used when no backend is given', () => {
    vi.stubEnv('SESSIONKEEP_KEYV_URI', 'etcd://127.0.0.1:1')
    expect(keyvStore().capabilities.durability).toBe('power')
    vi.stubEnv('SESSIONKEEP_KEYV_URI', 'redis://:secret@host:x')
    expect(() => keyvStore()).toThrow('is malformed')
  })

  test('an empty SESSIONKEEP_KEYV_URI counts as unset', () => {
    vi.stubEnv('SESSIONKEEP_KEYV_URI', '')
    expect(() => keyvStore()).toThrow('give exactly one of uri')
  })

  test('the plug-in makes a store with its name', () => {
    expect(plugin.create({ adapter: new Map() }, { logger: console }).name).toBe(plugin.name)
  })
})
