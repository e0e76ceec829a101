import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { defaultDirectory, defaultDocument, directoryOfPool } from '../src/default-directory.ts'

const inHome = join(homedir(), '.local', 'state', 'sessionkeep')

test.each([
  [{ SESSIONKEEP_DIRECTORY: '/data/sessions', XDG_STATE_HOME: '/state' }, '/data/sessions'],
  [{ SESSIONKEEP_DIRECTORY: '', XDG_STATE_HOME: '/state' }, '/state/sessionkeep'],
  [{ SESSIONKEEP_DIRECTORY: ' ', XDG_STATE_HOME: '/state' }, '/state/sessionkeep'],
  [{ SESSIONKEEP_DIRECTORY: ' ~/data ' }, join(homedir(), 'data')],
  [{ SESSIONKEEP_DIRECTORY: 'data' }, resolve('data')],
  [{ XDG_STATE_HOME: 'relative' }, inHome],
  [{ XDG_STATE_HOME: '' }, inHome],
  [{}, inHome],
])('with %j the default directory is %s', (env, directory) => {
  expect(defaultDirectory(env)).toBe(directory)
})

test('the document of lowdb is in the same directory, and a pool with an id has a sub-directory of a safe name', () => {
  expect(defaultDocument({ SESSIONKEEP_DIRECTORY: '/data' })).toBe('/data/sessions.lowdb.json')
  expect(directoryOfPool('/data', undefined)).toBe('/data')
  expect(directoryOfPool('/data', 'My pool')).toBe('/data/%4dy%20pool')
})
