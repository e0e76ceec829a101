// Builds the site into build/site: the pages of docs/, the README files of the packages and the API reference, with a search
// that works offline. Fails on a warning, and on a link that leads to no page or no heading.
import { childEnvironment } from './lib/environment.mjs'
import { root, tool } from './lib/root.mjs'
import { run } from './lib/run.mjs'
import { brokenLinksOf } from './lib/site-links.mjs'
import { layOutPages, mendReference } from './lib/site-pages.mjs'

const SITE = new URL('../build/site/', import.meta.url)
const WARNING = /warn(ing)?\b|\(!\)|deprecat/i

layOutPages()
await build('typedoc', '--options', 'typedoc.site.config.mjs')
mendReference()
await build('vitepress', 'build', 'docs')

const broken = brokenLinksOf(SITE)
for (const link of broken) console.error(link)
if (broken.length > 0) end(`${broken.length} links lead nowhere`)
console.log('build/site has the site, without a warning or a broken link')

async function build(name, ...args) {
  const { code, output } = await run(tool(name), args, { cwd: root, env: childEnvironment(), show: false })
  const warnings = output.split('\n').filter((line) => WARNING.test(line))
  if (code !== 0 || warnings.length > 0) {
    console.error(output)
    end(`${name} ended with ${code} and ${warnings.length} warnings`)
  }
}

function end(message) {
  console.error(message)
  process.exit(1)
}
