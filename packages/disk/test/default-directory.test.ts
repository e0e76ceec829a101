import { homedir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { defaultDirectory } from '../src/default-directory.ts'

const inHome = join(homedir(), '.local', 'state', 'sessionkeep')

test.each([
  [{ SESSIONKEEP_DIRECTORY: '/data/sessions', XDG_STATE_HOME: '/state' }, '/data/sessions'],
  [{ SESSIONKEEP_DIRECTORY: '', XDG_STATE_HOME: '/state' }, '/state/sessionkeep'],
  [{ XDG_STATE_HOME: 'relative' }, inHome],
  [{ XDG_STATE_HOME: '' }, inHome],
  [{}, inHome],
])('with %j the default directory is %s', (env, directory) => {
  expect(defaultDirectory(env)).toBe(directory)
})
