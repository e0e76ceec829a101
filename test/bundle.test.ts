import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'tsup'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root } from './rules/repository-files.ts'
import { fencesOf } from './snippets/fences.ts'

const run = promisify(execFile)
const page = readFileSync(join(root, 'docs/bundlers.md'), 'utf8')

/** A folder of the repository, since the bundlers have to find the packages. */
const sources = join(root, '.cache', `bundle-${process.pid}`)
/** A folder in which no package is installed. */
const outside = mkdtempSync(join(tmpdir(), 'sessionkeep-bundle-'))
const banner = /--banner:js=(.*)"/.exec(page)?.[1] ?? ''
const conditions = ['@sessionkeep/source']

const PROGRAM = `import { createHttpApp } from '@sessionkeep/http'
import { pool } from './pool.ts'
const http = createHttpApp(pool)
const answer = await http.fetch(new Request('http://localhost/openapi.json', { headers: { authorization: 'Bearer ' + http.token } }))
const started = await pool.start().then(() => 'started', (error) => error.code + ': ' + error.message)
console.log(JSON.stringify({ status: answer.status, started, stores: pool.persistence().effective.stores }))
http.close()
await pool.stop()
`

/** A bundle as CommonJS may not wait at the top of a module. */
const COMMONJS = `import { createSessionPool } from '@sessionkeep/core'
import { memoryHost } from '@sessionkeep/core/testing'
import { createHttpApp } from '@sessionkeep/http'
async function main() {
  const pool = createSessionPool({ host: memoryHost(), metadata: { store: 'memory' } })
  const http = createHttpApp(pool)
  await pool.start()
  const headers = { authorization: 'Bearer ' + http.token }
  const answer = await http.fetch(new Request('http://localhost/dashboard.js', { headers }))
  console.log(answer.status, await answer.text())
  http.close()
  await pool.stop()
}
main()
`

beforeAll(async () => {
  const [snippet] = fencesOf({ path: 'docs/bundlers.md', text: page })
  mkdirSync(sources, { recursive: true })
  writeFileSync(join(sources, 'pool.ts'), snippet?.text ?? '')
  const entry = join(sources, 'gateway.ts')
  writeFileSync(entry, PROGRAM)
  const [, flags = ''] = /^esbuild gateway\.mjs (.*) --outfile/m.exec(page) ?? []
  const output = [`--outfile=${join(outside, 'esbuild.mjs')}`, `--banner:js=${banner}`]
  const esbuild = join(root, 'node_modules', '.bin', 'esbuild')
  await run(esbuild, [entry, ...flags.split(' '), ...output, `--conditions=${conditions}`])
  const commonJs = join(sources, 'commonjs.ts')
  writeFileSync(commonJs, COMMONJS)
  const asCommonJs = ['--bundle', '--platform=node', '--format=cjs', `--outfile=${join(outside, 'esbuild.cjs')}`]
  await run(esbuild, [commonJs, ...asCommonJs, `--conditions=${conditions}`])
  await build({
    ...{ config: false, silent: true, entry: [entry], outDir: outside, format: 'esm', target: 'node20' },
    ...{ noExternal: [/./], banner: { js: banner }, outExtension: () => ({ js: '.tsup.mjs' }) },
    esbuildOptions: (options) => {
      options.conditions = conditions
    },
  })
})
afterAll(() => {
  for (const directory of [sources, outside]) rmSync(directory, { recursive: true, force: true })
})

describe('the program of the page about bundlers, where no package is installed', () => {
  it.concurrent.each([
    ['esbuild.mjs', 'lowdb'],
    ['esbuild.mjs', 'memory'],
    ['gateway.tsup.mjs', 'lowdb'],
  ])('starts as %s with the store that the environment names: %s', async (bundle, store) => {
    const file = join(outside, `of-${bundle}`, 'sessions.json')
    const result = await start(bundle, { SESSIONKEEP_STORE: store, SESSIONKEEP_FILE: file })
    expect(result).toEqual({ status: 200, started: 'started', stores: [store] })
  })

  it.concurrent('starts as CommonJS, writes its log, and finds the dashboard beside it', async () => {
    mkdirSync(join(outside, 'dashboard'))
    writeFileSync(join(outside, 'dashboard', 'main.js'), 'the script')
    const { stdout, stderr } = await running('esbuild.cjs', {})
    expect(stdout).toBe('200 the script\n')
    expect(stderr).toContain('"msg":"Pool started"')
    expect(stderr).not.toContain('The logger failed')
  })

  it.concurrent('says what is missing when a store is named whose plug-in it does not have', async () => {
    const { started } = await start('esbuild.mjs', { SESSIONKEEP_STORE: 'keyv' })
    expect(started).toMatch(/^CONFIG_MISSING_PACKAGE: .*metadata\.plugins/)
  })
})

/** Runs a bundle. */
function running(bundle: string, variables: Readonly<Record<string, string>>) {
  const env = { PATH: process.env.PATH ?? '', HOME: outside, TMUX_TMPDIR: outside, ...variables }
  return run(process.execPath, [join(outside, bundle)], { cwd: outside, env })
}

/** Runs a bundle, and returns what it prints. */
async function start(bundle: string, variables: Readonly<Record<string, string>>): Promise<{ started: string }> {
  return JSON.parse((await running(bundle, variables)).stdout) as { started: string }
}
