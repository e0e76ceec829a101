import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './root.mjs'

/** Every package under packages/ or examples/: `{ name, version, directory, manifest, isPublic, isEsmOnly }`. */
function packagesIn(parent) {
  return readdirSync(parent)
    .sort()
    .map((name) => join(parent, name))
    .filter((directory) => existsSync(join(directory, 'package.json')))
    .map(describe)
}

/** The packages that are published, and the example of a store by a third party. */
export const publicPackages = () =>
  ['packages', 'examples'].flatMap((name) => packagesIn(join(root, name))).filter(({ isPublic }) => isPublic)

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
