import type { SessionHost } from '@sessionkeep/contracts/host'
import { memoryHost } from '@sessionkeep/contracts/testing'
import { expect, test } from 'vitest'
import { privateServer, stamps } from './support/private-server.ts'

const LAUNCHES = [
  { cwd: '' },
  { cwd: 5 },
  { cwd: '/a\0b' },
  { command: [] },
  { command: 5 },
  { command: ['a', 5] },
  { command: 'a\0b' },
  { env: { 'not a name': 'x' } },
  { env: { A: 5 } },
]
const SIZES = [{ cols: 0 }, { rows: 1.5 }, { cols: '80' }]
const TYPED = [
  { delayMs: -1 },
  { delayMs: 2 ** 31 },
  { controls: 'keep' },
  { confirm: true },
  { submit: true, confirm: 'yes' },
  { submit: true, confirm: { seen: 'text' } },
  { submit: true, confirm: { timeoutMs: 0 } },
  { submit: true, confirm: { timeoutMs: Number.NaN } },
]
const CAPTURES = [{ history: -1 }, { history: 1.5 }, { history: 'some' }, { maxBytes: 0 }]

// If a gateway passes its tests with the host in memory, a wrong argument must not make it fail with tmux.
test.each(['memory', 'tmux'])(
  'the host %s refuses wrong arguments with a TypeError, and changes nothing',
  async (name) => {
    const host: SessionHost = name === 'tmux' ? privateServer().host() : memoryHost()
    const made = await host.create('a', stamps)
    const calls = [
      ...[...LAUNCHES, ...SIZES].map(
        (given) => [given, () => host.create('b', { ...stamps, ...given } as never)] as const,
      ),
      ...LAUNCHES.map((given) => [given, () => host.respawn?.(made, given as never)] as const),
      ...TYPED.map((given) => [given, () => host.sendText(made, 'typed', given as never)] as const),
      ...CAPTURES.map((given) => [given, () => host.capture(made, given as never)] as const),
      ...SIZES.map((given) => [given, () => host.resize?.(made, { cols: 80, rows: 24, ...given } as never)] as const),
      [{ text: 5 }, () => host.sendText(made, 5 as never)] as const,
    ]
    for (const [given, call] of calls) {
      const outcome = await Promise.resolve(call()).then(
        () => 'done',
        (error: unknown) => error,
      )
      expect([given, outcome]).toEqual([given, expect.any(TypeError)])
    }
    expect((await host.list()).map(({ sessionName }) => sessionName)).toEqual(['a'])
    expect(await host.capture(made)).not.toContain('typed')
  },
)
