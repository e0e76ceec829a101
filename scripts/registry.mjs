// Serves the packed packages to npm on this machine, so that the pages can be followed before a release. Needs the build.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { readArguments } from './lib/arguments.mjs'
import { serveRegistry } from './lib/local-registry.mjs'
import { publicPackages } from './lib/packages.mjs'

readArguments(`
Serves the packages of this clone to npm, so that \`npm install @sessionkeep/core\` works before a release. It prints the command
that tells npm, and ends with Ctrl-C. Needs the build.

  npm run registry
`)

const unbuilt = publicPackages().find(({ directory }) => !existsSync(join(directory, 'dist')))
if (unbuilt) {
  console.error(`${unbuilt.name} is not built. Run this first: npm ci && npm run build`)
  process.exit(1)
}
const { url, close } = await serveRegistry()
console.log(`The packages of this clone are served until Ctrl-C. Tell npm, and go back to the page:

  npm config set @sessionkeep:registry=${url}

Afterwards, or once the packages are published:

  npm config delete @sessionkeep:registry
`)
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, close)
