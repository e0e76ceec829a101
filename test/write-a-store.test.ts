import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { storeSuite } from '@sessionkeep/conformance'
import type { MetadataStore } from '@sessionkeep/contracts'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { root } from './rules/repository-files.ts'
import { fencesOf } from './snippets/fences.ts'
import { layOut } from './snippets/playground.ts'
import { programsOf } from './snippets/programs.ts'

// The store of docs/write-a-store.md, on the service of the page.
const path = 'docs/write-a-store.md'
const fences = fencesOf({ path, text: readFileSync(join(root, path), 'utf8') }).filter(({ words }) =>
  words.some((word) => /^as=(service|store)\.m?[jt]s$/.test(word)),
)
const programs = programsOf(fences)
const playground = layOut(programs)
const [service, store] = programs.map((program) => playground.fileOf(program))
let server: Server | undefined
let base = ''
let serviceStore: (options: { url: string }) => MetadataStore

beforeAll(async () => {
  vi.stubEnv('PORT', '0')
  server = ((await import(/* @vite-ignore */ service ?? '')) as { service: Server }).service
  if (!server.listening) await once(server, 'listening')
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  serviceStore = ((await import(/* @vite-ignore */ store ?? '')) as { serviceStore: typeof serviceStore }).serviceStore
})
afterAll(() => {
  vi.unstubAllEnvs()
  server?.close()
  playground.remove()
})

// The walk of the page runs the whole suite. These clauses take no second.
const SHORT = /^(life|records\.(missing|fields)|namespaces|failures|leaks\.signals)\b/

storeSuite(
  { describe, test: (title, body) => (SHORT.test(title) ? test(title, body) : undefined), expect },
  'the page about stores',
  {
    capabilities: { durability: 'process', retains: true, shared: true },
    create: ({ id }) => serviceStore({ url: `${base}/${id}` }),
  },
)
