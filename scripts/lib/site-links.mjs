import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The links between the pages of a built site that lead to no page or to no heading, each with the page it is on. */
export function brokenLinksOf(site) {
  const directory = fileURLToPath(site)
  const pages = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.html'))
  const texts = new Map(pages.map((path) => [path, readFileSync(`${directory}/${path}`, 'utf8')]))
  const ids = new Map([...texts].map(([path, text]) => [path, new Set(valuesOf(text, 'id'))]))
  return [...texts].flatMap(([path, text]) =>
    [...new Set(valuesOf(text, 'href'))]
      .filter((link) => isBroken(link, path, { directory, ids }))
      .map((link) => `${path}: ${link}`),
  )
}

function isBroken(link, path, { directory, ids }) {
  const { pathname, hash, host } = new URL(link, `http://site.invalid/${path}`)
  if (host !== 'site.invalid') return false
  const file = decodeURIComponent(pathname.slice(1))
  const page = [file, `${file}.html`, `${file}index.html`, `${file}/index.html`].find((name) => ids.has(name))
  if (page === undefined) return !existsSync(`${directory}/${file}`)
  const id = decodeURIComponent(hash.slice(1))
  return id !== '' && !ids.get(page).has(id)
}

const valuesOf = (text, attribute) =>
  [...text.matchAll(new RegExp(`\\s${attribute}="([^"]*)"`, 'g'))].map(([, value]) => value.replaceAll('&amp;', '&'))
