import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { childEnvironment, isComplete } from './environment.mjs'
import { debianPackages, explain, missing } from './prerequisites.mjs'
import { root } from './root.mjs'
import { run } from './run.mjs'

const OLDEST = [20, 19]

/** Checks the version of Node. */
export function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  const isOld = major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])
  return isOld
    ? {
        failed: 1,
        isFatal: true,
        output: `Node ${process.versions.node} is too old: ${OLDEST.join('.')} or later is needed`,
      }
    : { passed: 1, note: process.version }
}

/** Checks the programs that tests call. A missing program fails the step if it is required, or if no test may be skipped. */
export async function checkPrerequisites({ show }) {
  let log = ''
  if (isComplete && missing().length > 0) log = await installOnDebian(debianPackages(missing()), show)
  const absent = missing()
  const lines = absent.map(explain)
  const isFatal = absent.some(({ required }) => required)
  if (isFatal || (isComplete && absent.length > 0)) return { failed: 1, isFatal, output: [...lines, log].join('\n') }
  return { passed: 1, remarks: lines }
}

/** Installs the packages of the lock, if they are missing or older than the lock. */
export async function install({ show }) {
  const marker = join(root, 'node_modules', '.package-lock.json')
  const isCurrent = existsSync(marker) && statSync(marker).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs
  if (isCurrent) return { passed: 1, note: 'up to date' }
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund']
  const { code, output } = await run('npm', args, { cwd: root, env: childEnvironment(), show })
  return code === 0 ? { passed: 1, note: 'npm ci' } : { failed: 1, isFatal: true, output }
}

async function installOnDebian(packages, show) {
  const env = { ...childEnvironment(), DEBIAN_FRONTEND: 'noninteractive' }
  const update = await run('apt-get', ['update'], { env, show })
  const added = await run('apt-get', ['install', '-y', '--no-install-recommends', ...packages], { env, show })
  return update.output + added.output
}
