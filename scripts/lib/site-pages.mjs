import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path/posix'
import { slugOf } from '../../docs/.vitepress/slug.mjs'
import { root } from './root.mjs'

const SOURCES = 'https://github.com/sessionkeep/sessionkeep/blob/main/'
const OUT = join(root, 'build', 'pages')
const OF_THE_ROOT = ['CONTRIBUTING.md', 'SECURITY.md', 'CODE_OF_CONDUCT.md']

/**
 * Copies every page into build/pages, where vitepress finds them, each to its place in the site. A link to another page leads to
 * its place there, and a link to a source file to the repository.
 */
export function layOutPages() {
  rmSync(OUT, { recursive: true, force: true })
  const places = placesOf()
  for (const [path, place] of places) {
    const file = join(OUT, place)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, forSite(readFileSync(join(root, path), 'utf8'), path, places))
  }
  const images = join(root, 'docs', 'images')
  if (existsSync(images)) cpSync(images, join(OUT, 'images'), { recursive: true })
}

/** The place in the site of each page, by its path in the repository. */
export function placesOf() {
  const docs = markdownIn('docs').filter((path) => !/^docs\/(api-report|\.vitepress)\//.test(path))
  const ofFolders = ['packages', 'examples'].flatMap((parent) =>
    readdirSync(join(root, parent))
      .filter((name) => existsSync(join(root, parent, name, 'README.md')))
      .map((name) => [`${parent}/${name}/README.md`, `${parent}/${name}.md`]),
  )
  return new Map([
    ['README.md', 'index.md'],
    ...OF_THE_ROOT.map((path) => [path, path.toLowerCase().replaceAll('_', '-')]),
    ...docs.map((path) => [path, path.slice('docs/'.length).replace(/README\.md$/, 'index.md')]),
    ...ofFolders,
  ])
}

/** The text of a page for its place in the site. Code is left as it is. */
export function forSite(text, path, places) {
  const parts = text.split(/(^```.*?^```|`[^`\n]*`)/gms)
  return parts.map((part, at) => (at % 2 === 1 ? part : withoutHtml(withLinks(part, path, places)))).join('')
}

function withLinks(text, path, places) {
  return text.replace(/\]\(([^)\s]+)\)/g, (link, target) => {
    if (/^([a-z]+:|#)/.test(target)) return link
    const [file, anchor = ''] = target.split(/(?=#)/)
    const at = normalize(join(dirname(path), file)).replace(/\/$/, '')
    const place = places.get(at) ?? places.get(`${at}/README.md`)
    if (place !== undefined) return `](${relativeTo(places.get(path), place)}${anchor})`
    if (at.startsWith('docs/images/')) return `](${relativeTo(places.get(path), at.slice('docs/'.length))})`
    return `](${SOURCES}${at}${anchor})`
  })
}

function relativeTo(from, to) {
  const way = relative(dirname(from), to)
  return way.startsWith('.') ? way : `./${way}`
}

// Badges are images of other hosts, which the site does not load. A picture for light and for dark themes becomes two images, of which the theme shows one.
function withoutHtml(text) {
  return text
    .replace(/<!--.*?-->/gs, '')
    .replace(/\[!\[[^\]]*\]\(https:[^)]*\)\]\([^)]*\) ?/g, '')
    .replace(
      /<picture>.*?srcset="([^"]+)".*?<img alt="([^"]*)" src="([^"]+)"[^>]*>\s*<\/picture>/gs,
      (_, dark, alt, light) => {
        const inSite = (file) => `/${file.replace(/^(\.\.\/)*docs\//, '')}`
        return `![${alt}](${inSite(light)}){.light-only}\n![${alt}](${inSite(dark)}){.dark-only}`
      },
    )
}

function markdownIn(folder) {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) return markdownIn(path)
    return path.endsWith('.md') ? [path] : []
  })
}

/**
 * Mends the anchors of the API reference. Where a page has an export and a comment that names it, typedoc links to the second
 * heading of that name, which is not there.
 */
export function mendReference() {
  const directory = join(OUT, 'api')
  const pages = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.md'))
  const texts = new Map(pages.map((path) => [path, readFileSync(join(directory, path), 'utf8')]))
  const headings = new Map(
    [...texts].map(([path, text]) => [path, [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => slugOf(heading))]),
  )
  for (const [path, text] of texts) {
    const mended = text.replace(/\]\(([^)\s#]*)#([\w-]+)-1\)/g, (link, file, slug) => {
      const at = file === '' ? path : normalize(join(dirname(path), file))
      const isThere = (headings.get(at) ?? []).filter((heading) => heading === slug).length > 1
      return isThere ? link : `](${file}#${slug})`
    })
    writeFileSync(join(directory, path), mended)
  }
}
