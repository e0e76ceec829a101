import { type TmuxHostOptions, tmuxHost } from '@sessionkeep/tmux'
import { describe, expect, test } from 'vitest'

/** Calls the function as untyped JavaScript could. */
const untyped = (options: unknown) => () => tmuxHost(options as TmuxHostOptions)

describe('tmuxHost()', () => {
  test.each<[unknown, string]>([
    [{ socketName: 'a', socketPath: '/a' }, 'not both'],
    [{ socketName: '' }, 'plain name'],
    [{ socketName: 'a/b' }, 'plain name'],
    [{ socketName: '..' }, 'plain name'],
    [{ socketName: 7 }, 'plain name'],
    [{ socketPath: 'relative' }, 'absolute path'],
    [{ socketPath: `/${'x'.repeat(103)}` }, '103 bytes'],
    [{ prefix: 'ssh host' }, 'list of words'],
    [{ prefix: ['ssh', 7] }, 'list of words'],
    [{ shell: 'yes', prefix: ['ssh'] }, 'true or false'],
    [{ shell: true }, 'prefix'],
    [{ exec: 'sh' }, 'a function'],
    [{ gone: '' }, 'non-empty string'],
    [{ gone: [/x/, 7] }, 'RegExp'],
    [{ timeoutMs: 0 }, 'milliseconds'],
    [{ timeoutMs: Number.POSITIVE_INFINITY }, 'milliseconds'],
    [{ timeoutMs: 2 ** 31 }, 'milliseconds'],
    [{ killGraceMs: -1 }, 'milliseconds'],
    [{ socket: 'a' }, 'socket is not an option; the options are socketName, socketPath'],
    [{ socketnam: 'a' }, 'did you mean "socketName"?'],
    [null, 'an object'],
  ])('throws CONFIG_INVALID with advice: %o', (options, advice) => {
    expect(untyped(options)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining(advice) }),
    )
  })

  test('accepts every option at its limits, and no options', () => {
    tmuxHost()
    tmuxHost({ socketName: 'a.b', prefix: [], gone: [/x/g, 'y'], timeoutMs: 1, killGraceMs: 0 })
    tmuxHost({ socketPath: `/${'x'.repeat(102)}`, prefix: () => [], shell: true })
  })
})
