import plugin, { type TmuxStoreOptions, tmuxHost, tmuxStore } from '@sessionkeep/tmux'
import { describe, expect, test } from 'vitest'

describe('the options of tmuxStore()', () => {
  test.each([
    ['an unknown option', { sockte: 'x' }, 'sockte is not an option; the options are'],
    ['a host and a connection', { host: tmuxHost(), socketName: 'x' }, 'not both'],
    ['a host that tmuxHost() did not make', { host: { ...tmuxHost() } }, 'made by tmuxHost()'],
    ['an invalid size', { maxBytes: 0 }, 'maxBytes'],
    ['a size above the limit', { maxBytes: 2 ** 20 + 1 }, '1048576'],
    ['a socket that is not a path', { socketPath: 'x' }, 'socketPath: must be an absolute path'],
    ['none', null, 'expected an object'],
  ])('are refused for %s', async (_, options, message) => {
    expect(() => tmuxStore(options as unknown as TmuxStoreOptions)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining(message) }),
    )
    const { issues } = await plugin.options['~standard'].validate(options)
    const words = issues?.map(({ path = [], message }) => `${path.length > 0 ? `${path.join('.')}: ` : ''}${message}`)
    expect(words).toEqual([expect.stringContaining(message)])
  })

  test('may all be omitted, and the plug-in makes the same store', async () => {
    const checked = await plugin.options['~standard'].validate({ socketName: 'x', maxBytes: 10 })
    if (checked.issues) throw new Error('refused')
    for (const store of [tmuxStore(), plugin.create(checked.value, { logger: console })]) {
      expect(store.name).toBe('tmux')
      expect(store.capabilities).toEqual({ durability: 'process', retains: true, shared: true, liveOnly: true })
    }
  })
})
