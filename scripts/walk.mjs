// Follows pages to the letter, as somebody with an empty home directory would, and says how long that took. Needs the build.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { readArguments } from './lib/arguments.mjs'
import { serveRegistry } from './lib/local-registry.mjs'
import { root } from './lib/root.mjs'
import { createWalker } from './lib/walker.mjs'

const names = readdirSync(join(root, 'scripts', 'walks')).map((file) => file.replace('.mjs', ''))
const { rest } = readArguments(
  `
Follows pages to the letter in an empty home directory: installs the packed packages, saves the code of the page, runs its
commands, and checks what the page says. The last lines say how long each took, besides the reading. Needs the build.

  npm run walk                    every page: ${names.join(', ')}
  npm run walk -- express         one page
`,
  {},
)

const registry = await serveRegistry()
const results = []
try {
  for (const name of rest.length > 0 ? rest : names) results.push(await follow(name))
} finally {
  registry.close()
}
for (const { page, minutes, ms, error } of results) {
  const isInTime = ms < minutes * 60_000
  console.log(`${page}: ${error ? 'FAILED' : `done in ${(ms / 1000).toFixed(0)} s`}; its bar is ${minutes} minutes`)
  if (error || !isInTime) process.exitCode = 1
}

async function follow(name) {
  const { page, minutes, prepare, walk } = await import(`./walks/${name}.mjs`)
  const walker = await createWalker(registry.url)
  let start = performance.now()
  try {
    const before = await prepare?.(walker)
    start = performance.now()
    await walk(walker, before)
    return { page, minutes, ms: performance.now() - start }
  } catch (error) {
    console.error(error)
    return { page, minutes, ms: performance.now() - start, error }
  } finally {
    await walker.end()
  }
}
