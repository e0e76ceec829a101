// Runs the tests of packages/tmux with each supported version of tmux, and with a client that is older or newer than the server.
import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import { readArguments } from './lib/arguments.mjs'
import { childEnvironment } from './lib/environment.mjs'
import { root, tool } from './lib/root.mjs'
import { run } from './lib/run.mjs'

const HELP = `
Builds each version of tmux and runs the tests of packages/tmux with it, and with clients and servers of two versions.
Needs git, a C compiler, make, autoconf, automake, pkg-config, bison, and the headers of libevent and ncurses.

  npm run tmux:versions                              builds and tests every version; about a quarter of an hour
  npm run tmux:versions -- --versions 3.2a,3.7c      these alone
  npm run tmux:versions -- --source DIRECTORY        takes the sources from this git repository, without a network
  npm run tmux:versions -- --built DIRECTORY         takes DIRECTORY/VERSION/bin/tmux where it is there
  npm run tmux:versions -- packages/tmux/test/ended.test.ts    runs these tests alone
  npm run tmux:versions -- --help                    prints this text and runs nothing
`
/** The sources: each version is pinned to the commit of its tag, whose hash covers every file. */
const COMMITS = {
  '3.2a': '3b929f332aafa7f1080eacc31feb11ffbb1d1841',
  '3.3a': '0b355ae8114511e1ff6359272b164f1cdf718e80',
  3.4: '9ae69c3795ab5ef6b4d760f6398cd9281151f632',
  '3.5a': '549c35b06165f6ae023115eb76f83f2cbf945395',
  3.6: '0dac7fe434d029a4f0b819cba8eb7963df291990',
  '3.7c': 'e476c1230b958df0cb12977517d24b3dc931375b',
}
const text = { type: 'string' }
const { values, rest } = readArguments(HELP, { source: text, built: text, versions: text })
const { source = 'https://github.com/tmux/tmux.git', built, versions } = values
const wanted = versions?.split(',') ?? Object.keys(COMMITS).toSorted()
const unknown = wanted.filter((version) => !COMMITS[version])
if (unknown.length > 0) throw new Error(`No commit is known of ${unknown.join(', ')}.`)
const cache = join(root, '.cache/tmux')

async function sh(script, env = {}) {
  const { code, output } = await run('sh', ['-ec', script], { env: { ...process.env, ...env } })
  if (code !== 0) throw new Error(`${script}\n${output.slice(-3000)}`)
}

/** Returns the path of a tmux of this version, and builds it if it is not there. */
async function tmuxOf(version) {
  const given = built && resolve(built, version, 'bin/tmux')
  if (given && existsSync(given)) return given
  const path = join(cache, version, 'bin/tmux')
  if (existsSync(path)) return path
  console.log(`${version}: building`)
  const directory = join(cache, version, 'source')
  rmSync(directory, { recursive: true, force: true })
  mkdirSync(directory, { recursive: true })
  const env = { AT: directory, SOURCE: source, COMMIT: COMMITS[version], PREFIX: join(cache, version) }
  if (existsSync(source))
    await sh(
      'git --git-dir="$(git -C "$SOURCE" rev-parse --absolute-git-dir)" archive "$COMMIT" | tar -x -C "$AT"',
      env,
    )
  else
    await sh('git init -q "$AT"; cd "$AT"; git fetch -q --depth 1 "$SOURCE" "$COMMIT"; git checkout -q FETCH_HEAD', env)
  await sh(
    'cd "$AT"; sh autogen.sh; ./configure --prefix="$PREFIX"; make; mkdir -p "$PREFIX/bin"; cp tmux "$PREFIX/bin/tmux"',
    env,
  )
  return path
}

/** Makes a directory with a tmux that starts servers of one version, and speaks to them with a client of another version. */
function mixed(name, { server, client }) {
  const directory = join(cache, name)
  mkdirSync(directory, { recursive: true })
  const path = join(directory, 'tmux')
  writeFileSync(
    path,
    `#!/bin/sh
# A call without a server starts one. A terminal is attached with the version of the server: clients from 3.6 on cannot
# attach to an earlier server, nor earlier ones to a server from 3.6 on.
before=
for one in "$@"; do
  case $one in attach|attach-session) exec '${server}' "$@" ;; esac
  [ "$before" = -S ] && [ ! -S "$one" ] && exec '${server}' "$@"
  before=$one
done
exec '${client}' "$@"
`,
  )
  chmodSync(path, 0o755)
  return directory
}

async function test(name, directory) {
  const files = rest.length > 0 ? rest : ['packages/tmux']
  const env = { ...childEnvironment(), PATH: `${directory}${delimiter}${process.env.PATH}` }
  const { code, output } = await run(tool('vitest'), ['run', ...files], { cwd: root, env, timeoutMs: 1_800_000 })
  const counts = /^\s*Tests\s+(.*)$/m.exec(output)?.[1] ?? 'no test ran'
  console.log(`${name}: ${code === 0 ? 'passed' : 'FAILED'} (${counts})`)
  if (code !== 0)
    console.log(
      output
        .split('\n')
        .filter((line) => /FAIL|Error/.test(line))
        .slice(0, 40)
        .join('\n'),
    )
  return code === 0
}

const paths = new Map()
for (const version of wanted) paths.set(version, await tmuxOf(version))
let isGood = true
for (const [version, path] of paths) isGood = (await test(version, join(path, '..'))) && isGood
// A client before 3.6 cannot speak to a server from 3.6 on: tmux changed the messages between them.
const before36 = [...paths.keys()].filter((version) => Number.parseFloat(version) < 3.6)
const pairs = [
  [[...paths.keys()][0], [...paths.keys()].at(-1)],
  [before36.at(-1), before36[0]],
]
for (const [server, client] of pairs)
  if (server !== client) {
    const name = `server ${server}, client ${client}`
    const directory = mixed(`${server}-${client}`, { server: paths.get(server), client: paths.get(client) })
    isGood = (await test(name, directory)) && isGood
  }
process.exitCode = isGood ? 0 : 1
