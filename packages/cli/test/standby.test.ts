import { expect, it } from 'vitest'
import { sessionkeep } from './support/fixture.ts'
import { startGateway } from './support/gateway.ts'

it('names a store that is only the standby as such, so that the last step of a migration can be told from the one before', async () => {
  const { directory } = await startGateway({
    stores: { lowdb: { file: './db.json' }, file: { directory: './sessions' } },
  })
  const out = async (...line: string[]) => (await sessionkeep(directory, line)).out
  expect(await out('switch', 'lowdb', '--mirror', 'file')).toMatch(/^from file to lowdb, file in \d+ ms\n$/)
  expect(await out('switch', 'lowdb')).toMatch(/ to lowdb, file \(standby\) in \d+ ms\n$/)
  expect(await out('wait')).toBe('done: lowdb, file (standby)\n')
  expect(await out('status')).toMatch(/^lowdb, file \(standby\): ok;/)
  expect(await out('watch', '--count', '1')).toContain('lowdb, file (standby): ok')
})
