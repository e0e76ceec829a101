import { describe, expect, test } from 'vitest'
import { verdictOf } from '../src/reply.ts'

const verdict = (stderr: string, exitCode = 1) => verdictOf(exitCode, '', stderr, (output) => output.includes('GONE'))

describe('verdictOf()', () => {
  test.each([
    ['no server running on /tmp/x', 'no-server'],
    ['error connecting to /tmp/x (No such file or directory)\r\n', 'no-server'],
    ["Warning: added 'host'\nno server running on /tmp/x", 'no-server'],
    ['error connecting to /tmp/x (Permission denied)', 'unreachable'],
    ['error creating /a/b (No such file or directory)', 'unreachable'],
    ['directory /tmp/tmux-0 has unsafe permissions', 'unreachable'],
    ['open terminal failed: protocol version mismatch (client 8, server 7)', 'unreachable'],
    ['server exited unexpectedly', 'exited'],
    ['lost server', 'exited'],
    ['duplicate session: a', 'duplicate'],
    ["can't find session: a", 'no-session'],
    ['no current target', 'no-session'],
    ['width too large', 'refused'],
    ['no server running on /tmp/x GONE', 'no-place'],
  ])('takes %o for %s', (stderr, expected) => {
    expect(verdict(stderr)).toBe(expected)
  })

  test('ignores the text of the output when the exit code is not from tmux', () => {
    expect(verdict('no server running on /tmp/x', 255)).toBe('unreachable')
    expect(verdict('GONE', 255)).toBe('no-place')
    expect(verdict('GONE', 0)).toBe('done')
  })
})
