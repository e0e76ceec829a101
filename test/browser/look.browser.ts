import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createSessionPool, type MetadataStore, memoryStore, type SessionPool, StoreError } from '@sessionkeep/core'
import { memoryHost } from '@sessionkeep/core/testing'
import { createHttpApp } from '@sessionkeep/http'
import { serveHttp } from '@sessionkeep/http/node'
import axe from 'axe-core'
import type { Page } from 'playwright-core'
import { afterAll, expect, it, onTestFinished } from 'vitest'
import { root } from '../../scripts/lib/root.mjs'
import { closeBrowser, newPage } from './support/browser.ts'

// Writes screenshots of each state at three widths and in both themes to build/screenshots, and checks each with axe.
const folder = join(root, 'build', 'screenshots')
mkdirSync(folder, { recursive: true })
afterAll(closeBrowser)

const WIDTHS = [390, 800, 1280]
const SCHEMES = ['light', 'dark'] as const

/** A store of this name in memory, whose writes can be made to fail or to hang. */
function faultyStore(name: string) {
  const store = memoryStore()
  const faults = { fails: false, hangs: false }
  const made: MetadataStore = {
    ...store,
    name,
    capabilities: { ...store.capabilities, durability: 'power' },
    async setMany(records, options) {
      if (faults.fails) throw new StoreError('STORE_FULL', `Store ${name} has no room left on its disk.`)
      if (faults.hangs)
        await new Promise((_, reject) =>
          options?.signal?.addEventListener('abort', () => reject(options.signal?.reason)),
        )
      return store.setMany(records, options)
    },
  }
  return { store: made, faults }
}

async function gateway(sessions: number) {
  const host = memoryHost()
  const main = faultyStore('disk')
  const quiet = {
    ...{ trace: () => undefined, debug: () => undefined, info: () => undefined },
    ...{ warn: () => undefined, error: () => undefined },
  }
  const pool = createSessionPool({
    host,
    maxSessions: 250,
    metadata: { store: main.store, flushIntervalMs: 50, callTimeoutMs: 120_000 },
    logger: quiet as never,
  })
  await pool.start()
  for (let at = 0; at < sessions; at += 1) {
    const workspace = at === 1 ? 'a-workspace-with-a-rather-long-name-for-a-phone' : `project-${at}`
    await pool.getOrCreateSession(workspace, { attributes: { topic: 'release notes', model: 'large' } })
    await pool.withRequest(workspace, () => pool.sendText(workspace, SCREEN, { controls: 'pass' }))
    for (let made = 0; made < at % 7; made += 1) pool.trackRequestStart(workspace)
    for (let made = 0; made < at % 5; made += 1) pool.trackRequestComplete(workspace)
  }
  const http = createHttpApp(pool, { readOnly: false })
  let address = ''
  const server = await serveHttp(http, {
    print: (line) => {
      address = line
    },
  })
  onTestFinished(async () => {
    main.faults.hangs = false
    await server.close()
    await pool.stop({ timeoutMs: 500 })
  })
  return { pool, host, address, faults: main.faults }
}

const SCREEN =
  '$ npm test\n\u001b[1;32m✓\u001b[0m 214 passed  \u001b[31m✗\u001b[0m 1 failed\n\u001b[33mwarning\u001b[0m: retrying in 3 s\n$ '

async function look(
  address: string,
  name: string,
  path: string,
  ready: (page: Page) => Promise<unknown>,
): Promise<void> {
  for (const colorScheme of SCHEMES) {
    const page = await newPage({ colorScheme, viewport: { width: 1280, height: 900 } })
    await page.goto(address)
    await page.goto(`${new URL(address).origin}/${path}`)
    await ready(page)
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 900 })
      await page.screenshot({ path: join(folder, `${name}-${width}-${colorScheme}.png`) })
      expect(
        await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth),
        `${name} at ${width} scrolls`,
      ).toBe(true)
      expect(await faultsOf(page), `${name} at ${width}, ${colorScheme}`).toEqual([])
    }
    await page.close()
  }
}

/** What axe finds. It is given to the page by the debugger, since the page allows no other script. */
async function faultsOf(page: Page): Promise<string[]> {
  await page.evaluate(axe.source)
  return page.evaluate(async () => {
    const { violations } = await (
      window as unknown as { axe: { run(): Promise<{ violations: Violation[] }> } }
    ).axe.run()
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id}: ${target} ${failureSummary}`),
    )
  })
}
interface Violation {
  readonly id: string
  readonly nodes: ReadonlyArray<{ readonly target: readonly string[]; readonly failureSummary?: string }>
}

const text = (wanted: string | RegExp) => (page: Page) => page.getByText(wanted).first().waitFor()

it('empty, with 3 and with 200 sessions', async () => {
  await look((await gateway(0)).address, 'empty', '#/', text('No session is running.'))
  const three = await gateway(3)
  await look(three.address, 'three', '#/', text('project-2'))
  await look(three.address, 'session', '#/session/project-2', text('214 passed'))
  await look((await gateway(200)).address, 'many', '#/', text('project-199'))
})

it('ended sessions, and the dialogs', async () => {
  const { pool, host, address } = await gateway(4)
  host.control.exit('claude-project-2', { exitCode: 1, screen: '$ npm run build\nerror TS2322: wrong type\n$ exit 1' })
  host.control.exit('claude-project-3', { exitCode: 0 })
  await pool.discoverExistingSessions()
  await look(address, 'ended', '#/ended', text('exit code 1'))
  await look(address, 'create', '#/', async (page) => {
    await page.getByRole('button', { name: 'New session' }).click()
    await page.getByRole('dialog').waitFor()
  })
  await look(address, 'rollback', '#/stores', async (page) => {
    await page.getByRole('button', { name: 'Roll back …' }).click()
    await page.getByRole('heading', { name: 'Kept' }).waitFor()
  })
})

it('degraded, during a switch, and switched off', async () => {
  const { pool, address, faults } = await gateway(5)
  faults.fails = true
  await untilReason(pool, 'degraded')
  await look(address, 'degraded', '#/stores', async (page) => {
    await text('A write survives')(page)
    // This is when somebody needs it.
    await page.getByRole('button', { name: 'Roll back …' }).waitFor()
  })
  faults.fails = false
  await pool.saveSessionMetadata('project-2')
  const target = faultyStore('other-disk')
  target.faults.hangs = true
  const switching = pool
    .switchStore(target.store, { reason: 'a bigger disk', timeoutMs: 240_000 })
    .catch(() => undefined)
  await look(address, 'switching', '#/stores', text('Switching to'))
  target.faults.hangs = false
  await pool.rollback({ reason: 'the disk hangs' })
  await switching
  await look(address, 'off', '#/', text('Persistence is switched off'))
})

async function untilReason(pool: SessionPool, reason: string): Promise<void> {
  pool.trackRequestStart('project-2')
  await expect.poll(() => pool.persistence().effective.reason, { timeout: 30_000 }).toBe(reason)
}

it('works by keyboard alone', async () => {
  const { address } = await gateway(3)
  const page = await newPage()
  await page.goto(address)
  await page.getByText('project-2').waitFor()
  const reached: string[] = []
  for (let pressed = 0; pressed < 20; pressed += 1) {
    await page.keyboard.press('Tab')
    reached.push(await page.evaluate(() => document.activeElement?.textContent ?? ''))
  }
  expect(reached).toEqual(expect.arrayContaining(['Skip to the content', 'Stores', 'New session', 'project-2']))
  await page.getByRole('link', { name: 'project-2' }).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'project-2' }).waitFor()
  await page.getByRole('button', { name: 'End', exact: true }).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('dialog').waitFor()
  await page.keyboard.press('Escape')
  await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe('End')
})
