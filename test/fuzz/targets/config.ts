import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { codeOf, messageOf } from '@sessionkeep/contracts'
import { loadConfig } from '@sessionkeep/core'
import { changedObject, damaged, jsonFrom } from '../random.ts'
import { claim, type FuzzTarget } from '../target.ts'

const valid = { store: 'file', mirror: ['memory'], stores: { file: { directory: './d' } }, flushIntervalMs: 100 }
/** The longest message that a person could read. */
const MAX_MESSAGE = 20_000

/** The parser of configuration files: it returns options, or rejects with a coded error of a readable length. */
export const config: FuzzTarget = {
  name: 'config',
  corpus: [
    JSON.stringify(Object.fromEntries(Array.from({ length: 50_000 }, (_, at) => [`k${at}`, 1]))),
    '{"store":'.repeat(100_000),
    `{"mirror":[${'1,'.repeat(400_000)}1]}`,
    `"${'x\\"'.repeat(200_000)}`,
    '{"__proto__":{"store":"none"}}',
  ],
  input(random) {
    const text = random.bool(0.8) ? changedObject(random, valid) : jsonFrom(random)
    return random.bool(0.2) ? damaged(random, text) : text
  },
  async check(input) {
    const cwd = mkdtempSync(join(realpathSync(tmpdir()), 'sk-fuzz-'))
    try {
      writeFileSync(join(cwd, 'sessionkeep.config.json'), input)
      await loadConfig({ cwd })
    } catch (error) {
      claim(codeOf(error)?.startsWith('CONFIG_') === true, `an error without the right code: ${messageOf(error)}`)
      const { length } = messageOf(error)
      claim(length <= MAX_MESSAGE, `an error of ${length} characters`)
    } finally {
      rmSync(cwd, { recursive: true, force: true })
    }
  },
}
