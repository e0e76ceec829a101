import { childEnvironment } from '../lib/environment.mjs'
import { performAll } from '../lib/perform.mjs'
import { missing } from '../lib/prerequisites.mjs'
import { root, tool } from '../lib/root.mjs'
import { run } from '../lib/run.mjs'
import { checkNode, install } from '../lib/setup.mjs'

/** Checks that everything is there that an example needs. Installs and builds what is missing, and names what it cannot install. */
export async function setUp({ write }, example) {
  const { failed } = await performAll(
    [
      { name: '  node ≥ 20.19', perform: checkNode },
      { name: '  tmux', perform: checkTmux },
      { name: '  install', perform: install },
      { name: '  build', perform: () => build(example) },
    ],
    { show: false, write },
  )
  return failed === 0
}

function checkTmux() {
  const tmux = missing().find(({ command }) => command === 'tmux')
  if (!tmux) return { passed: 1 }
  const ways = `Debian: apt-get install ${tmux.debian}; macOS: brew install ${tmux.macos}; Fedora: dnf install ${tmux.fedora}`
  return { failed: 1, isFatal: true, output: `tmux ${tmux.problem}. ${ways}` }
}

async function build(example) {
  const args = ['run', 'build', `--filter=${example}...`]
  const { code, output } = await run(tool('turbo'), args, { cwd: root, env: childEnvironment() })
  return code === 0 ? { passed: 1 } : { failed: 1, isFatal: true, output }
}
