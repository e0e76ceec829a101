import { existsSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitepress'
import { sidebar } from './sidebar.mjs'
import { slugOf } from './slug.mjs'

const at = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url))

/** The entries of the API reference, which typedoc has written. */
function entriesOf(directory) {
  if (!existsSync(directory)) return []
  const pages = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.md'))
  return pages.sort().map((path) => ({
    text: path.replace(/(\/?index)?\.md$/, '') || 'All entries',
    link: `/api/${path.replace(/(index)?\.md$/, '')}`,
  }))
}

// `npm run site` lays out the pages in build/pages first.
export default defineConfig({
  title: 'sessionkeep',
  description: 'A session pool for tmux gateways whose metadata survives restarts, crashes and rollbacks.',
  srcDir: '../build/pages',
  outDir: '../build/site',
  cacheDir: '../build/vitepress-cache',
  cleanUrls: true,
  lastUpdated: false,
  markdown: {
    html: false,
    anchor: { slugify: slugOf },
    theme: { light: 'github-light', dark: 'github-dark' },
    languageAlias: { redis: 'shellscript', etcdctl: 'shellscript' },
  },
  // The index of the search is one chunk, and loaded when somebody searches.
  vite: { build: { chunkSizeWarningLimit: 4000 } },
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [
      { text: 'Getting started', link: '/getting-started' },
      { text: 'Guides', link: '/gateway' },
      { text: 'Reference', link: '/reference' },
      { text: 'Troubleshooting', link: '/troubleshooting' },
    ],
    sidebar: sidebar(entriesOf(at('build/pages/api'))),
    socialLinks: [{ icon: 'github', link: 'https://github.com/sessionkeep/sessionkeep' }],
    footer: { message: 'MIT licence' },
  },
})
