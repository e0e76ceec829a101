import { encodedCodec } from '@sessionkeep/contracts/internal'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { anyText } from '../../../contracts/test/record/any-text.ts'
import { createSessionPool } from '../../src/index.ts'
import { memoryHost } from '../../src/testing.ts'

const { encode, decode } = encodedCodec('bot-')
const TMUX_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,199}$/

test.each([
  ['/home/me/x', 'bot-_2fhome_2fme_2fx'],
  ['@user:host', 'bot-_40user_3ahost'],
  ['a_b', 'bot-a_5fb'],
  ['Ordner 中', 'bot-Ordner_20_u4e2d_'],
])('the workspace %s has the session name %s', (workspace, name) => {
  expect(encode(workspace)).toBe(name)
  expect(decode(name)).toBe(workspace)
})

test('every workspace has a name that tmux takes and that leads back to it, or none', () => {
  fc.assert(
    fc.property(anyText({ minLength: 1, maxLength: 60 }), (workspace) => {
      const name = encode(workspace)
      if (name === undefined) return
      expect(name).toMatch(TMUX_NAME)
      expect(decode(name)).toBe(workspace)
    }),
  )
})

test('a workspace whose name would have more than 200 characters is refused, and never cut', () => {
  expect(encode('x'.repeat(196))).toHaveLength(200)
  expect(encode('x'.repeat(197))).toBeUndefined()
  expect(encode('中'.repeat(28))).toHaveLength(200)
  expect(encode('中'.repeat(29))).toBeUndefined()
})

test('of any text at most one is the name of a workspace', () => {
  const part = fc.oneof(
    fc.constantFrom('_', '_u', '_61', '_u61_', '_5f', '_5F', '_u0_', '_uffffffff_', '_ud800_'),
    fc.string(),
  )
  fc.assert(
    fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
      const name = `bot-${parts.join('')}`
      const workspace = decode(name)
      if (workspace !== undefined) expect(encode(workspace)).toBe(name)
    }),
  )
})

test.each(['', '\ud800', 'a\udc00'])('the text %j is no workspace', (text) => {
  expect(encode(text)).toBeUndefined()
})

test('a pool serves workspaces that are paths and addresses', async () => {
  await using pool = createSessionPool({
    host: memoryHost(),
    sessionName: 'encoded',
    metadata: { store: 'memory' },
  })
  await pool.getOrCreateSession('/home/me/x')
  await pool.getOrCreateSession('@user:host')
  expect(pool.listSessions().map(({ workspace, sessionName }) => [workspace, sessionName])).toEqual([
    ['/home/me/x', 'claude-_2fhome_2fme_2fx'],
    ['@user:host', 'claude-_40user_3ahost'],
  ])
})
