import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './root.mjs'

/** Every package under packages/: `{ name, version, directory, manifest, isPublic, isEsmOnly }`. */
function allPackages() {
  const parent = join(root, 'packages')
  return readdirSync(parent)
    .sort()
    .map((name) => join(parent, name))
    .filter((directory) => existsSync(join(directory, 'package.json')))
    .map(describe)
}

/** Those that are published. */
export const publicPackages = () => allPackages().filter(({ isPublic }) => isPublic)

function describe(directory) {
  const manifest = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'))
  return {
    name: manifest.name,
    version: manifest.version,
    directory,
    manifest,
    isPublic: manifest.private !== true,
    isEsmOnly: manifest.exports?.['.']?.require === undefined,
  }
}
