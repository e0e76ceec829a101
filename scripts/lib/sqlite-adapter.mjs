import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { childEnvironment, isCi } from './environment.mjs'
import { root } from './root.mjs'
import { run } from './run.mjs'

const HOME = join(root, '.cache', 'keyv-sqlite')
const COMMAND = 'npm run prepare:sqlite -w packages/store-keyv'

/** The step of `npm test` that prepares the client of SQLite, which takes about a minute to compile. */
export const sqliteAdapter = () =>
  besideOthers({ isWanted: isCi, isThere, prepare, remark: `SQLite is not tested. To test it: ${COMMAND}` })

/**
 * A preparation that takes long. `begin()` starts it in the background, and `perform()` is the step that waits for it. An
 * existing installation is used. If the preparation is not wanted, the step is skipped with a remark. It is retried once.
 */
export function besideOthers({ isWanted, isThere, prepare, remark }) {
  let preparing
  const attempt = async () => {
    if ((await isThere()).code === 0) return { passed: 1, note: 'there' }
    if (!isWanted) return { skipped: 1, remarks: [remark] }
    const first = await prepare()
    const last = first.code === 0 ? first : await prepare()
    const found = await isThere()
    if (found.code === 0) return { passed: 1, note: 'prepared' }
    return { failed: 1, output: [first, last, found].map(({ output }) => output).join('\n') }
  }
  const begin = () => {
    preparing ??= attempt().catch((error) => ({ failed: 1, output: error.stack }))
    return preparing
  }
  return { begin: () => void begin(), perform: begin }
}

/** Loads and uses the client, since a binary for another version of Node does not work. */
function isThere() {
  const program = "const { Database } = require('sqlite3'); new Database(':memory:').close()"
  return run(process.execPath, ['-e', program], { cwd: HOME, env: childEnvironment() })
}

async function prepare() {
  // The remains of an interrupted attempt would count as installed.
  rmSync(HOME, { recursive: true, force: true })
  const [npm, ...args] = COMMAND.split(' ')
  return await run(npm, args, { cwd: root, env: childEnvironment() })
}
