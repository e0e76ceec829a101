// Serves the packed packages to npm on this machine, so that the pages can be followed before anything is published. Needs the build.
import { readArguments } from './lib/arguments.mjs'
import { serveRegistry } from './lib/local-registry.mjs'

readArguments(`
Serves the packages of this clone to npm, so that \`npm install @sessionkeep/…\` works before a release. Prints the line
with which npm asks it. It ends with Ctrl-C. Needs the build.

  npm run registry
`)

const { url, close } = await serveRegistry()
console.log(`The packages are served until Ctrl-C. In the folder of your own project, run this first:

  echo '@sessionkeep:registry=${url}' > .npmrc
`)
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, close)
