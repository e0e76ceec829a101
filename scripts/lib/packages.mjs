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

/** Every entry with types of the packages that we publish: `{ package, name, entry, directory, source }`; `name` is what is imported. */
export const publicEntries = () =>
  packagesIn(join(root, 'packages'))
    .filter(({ isPublic }) => isPublic)
    .flatMap(({ name, directory, manifest }) =>
      Object.entries(manifest.exports).flatMap(([entry, target]) => {
        const source = target['@sessionkeep/source']
        if (source === undefined) return []
        return [{ package: name, name: `${name}${entry.slice(1)}`, entry, directory, source: join(directory, source) }]
      }),
    )

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
