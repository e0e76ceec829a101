import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { childEnvironment } from './environment.mjs'
import { publicPackages } from './packages.mjs'
import { root } from './root.mjs'
import { run } from './run.mjs'

/**
 * Packs every public package, and serves the tarballs to npm as a registry of the scope, so that `npm install` of a page works
 * before anything is published. Needs the build. Returns the URL; the caller ends it with `close()`.
 */
export async function serveRegistry() {
  const directory = mkdtempSync(join(tmpdir(), 'sessionkeep-registry-'))
  const packages = publicPackages().map(({ directory: path }) => path)
  const { code, output } = await run('npm', ['pack', '--pack-destination', directory, ...packages], {
    cwd: root,
    env: childEnvironment(),
  })
  if (code !== 0) throw new Error(`npm pack failed:\n${output}`)
  const tarballs = readdirSync(directory)
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '/').slice(1)
    if (tarballs.includes(path)) return response.end(readFileSync(join(directory, path)))
    const found = publicPackages().find(({ name }) => name === path)
    if (!found) return response.writeHead(404).end('{}')
    const manifest = JSON.parse(readFileSync(join(found.directory, 'package.json'), 'utf8'))
    response.end(JSON.stringify(packument(manifest)))
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${server.address().port}/`
  return {
    url,
    close() {
      server.close()
      rmSync(directory, { recursive: true, force: true })
    },
  }

  function packument(manifest) {
    const { name, version } = manifest
    const file = `${name.replace('@', '').replace('/', '-')}-${version}.tgz`
    const sha512 = createHash('sha512')
      .update(readFileSync(join(directory, file)))
      .digest('base64')
    const dist = { tarball: `${url}${file}`, integrity: `sha512-${sha512}` }
    return { name, 'dist-tags': { latest: version }, versions: { [version]: { ...manifest, dist } } }
  }
}
