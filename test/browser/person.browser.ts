import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { root } from '../../scripts/lib/root.mjs'
import { closeBrowser, newPage } from './support/browser.ts'
import { sandbox } from './support/gateway.ts'

// The pictures of the pages are renewed only on request, since each run draws them a little differently.
const images = join(root, ...(process.env.SESSIONKEEP_IMAGES ? ['docs', 'images'] : ['build', 'screenshots']))
afterAll(closeBrowser)

it('a person creates a workspace, loses gateway and tmux, gets the session back, and switches the store', async () => {
  mkdirSync(images, { recursive: true })
  const own = sandbox()
  const gateway = await own.start()
  const page = await newPage({ viewport: { width: 1280, height: 860 } })
  await page.goto(gateway.address)
  expect(page.url()).not.toContain('token')
  await page.getByText('No session is running.').waitFor()

  // A workspace is created, and a command is run from the page.
  await page.getByRole('button', { name: 'New session' }).click()
  await page.getByLabel('Workspace').fill('docs')
  await page.getByRole('button', { name: 'Create' }).click()
  await page.getByRole('heading', { name: 'docs' }).waitFor()
  await page.getByLabel('Text for the session').fill(`echo hello-$((40 + 2)); printf '\\033[1;32mgreen\\033[0m\\n'`)
  await page.getByRole('button', { name: 'Send' }).click()
  const screen = page.locator('.screen')
  await screen.getByText('hello-42', { exact: true }).waitFor()
  await expect.poll(() => screen.locator('.fg-2').count()).toBeGreaterThan(0)
  await screen.click()
  await page.keyboard.type('echo typed')
  await page.keyboard.press('Enter')
  await screen.getByText('typed', { exact: true }).waitFor()
  await page.getByText('saved', { exact: true }).waitFor()
  await page.screenshot({ path: join(images, 'dashboard-session.png') })

  // The gateway is killed and started again: the page connects by itself, and knows the same.
  const facts = () =>
    page.evaluate(async () => {
      const { createdAt, totalRequests } = await (await fetch('sessions/docs')).json()
      return { createdAt, totalRequests }
    })
  await expect
    .poll(async () => (await page.evaluate(async () => (await fetch('sessions/docs')).json())).saved)
    .toBe(true)
  const before = await facts()
  expect(before.totalRequests).toBe(1)
  await gateway.kill()
  await page.getByText('reconnecting …').waitFor()
  const second = await own.start()
  await page.getByRole('status').getByText('live', { exact: true }).waitFor({ timeout: 60_000 })
  expect(await facts()).toEqual(before)
  await page.getByText('read from a store').waitFor()
  await screen.getByText('hello-42', { exact: true }).waitFor()

  // tmux is killed, and the session is resumed from the page.
  own.tmux('kill-server')
  await page.getByText('This session is not running.').waitFor({ timeout: 60_000 })
  await page.getByRole('link', { name: 'Ended', exact: true }).click()
  await page.getByRole('button', { name: 'Resume docs' }).click()
  await page.getByRole('heading', { name: 'docs' }).waitFor({ timeout: 60_000 })
  await page.getByText('Generation').waitFor()
  expect(await facts()).toEqual(before)

  // The store is switched to lowdb, and rolled back, from the page.
  await page.getByRole('link', { name: 'Stores' }).click()
  await page.getByLabel('Switch to').fill('lowdb')
  await page.getByRole('button', { name: 'Review …' }).click()
  await page.getByText('The records in file stay there as they are.').waitFor()
  await page.screenshot({ path: join(images, 'dashboard-switch.png') })
  await page.getByRole('button', { name: 'Switch', exact: true }).click()
  await page.getByRole('heading', { name: 'lowdb', exact: true }).waitFor()
  await page
    .getByText(/Switched from file to lowdb/)
    .first()
    .waitFor()
  await page.getByRole('button', { name: 'Roll back …' }).click()
  await page.getByText('changes are kept in memory alone').waitFor()
  await page.getByRole('button', { name: 'Roll back', exact: true }).click()
  await page.getByText(/Persistence is switched off/).waitFor()
  await page.getByRole('button', { name: /Back to file/ }).click()
  await page.getByRole('button', { name: 'Switch', exact: true }).click()
  await expect.poll(() => page.getByText(/Persistence is switched off/).count(), { timeout: 30_000 }).toBe(0)
  expect(await facts()).toEqual(before)
  await second.kill()
})

it('a page whose gateway has a new token after a restart leads to the login', async () => {
  const own = sandbox()
  const { address, kill } = await own.start()
  const page = await newPage()
  await page.goto(address)
  await page.getByText('No session is running.').waitFor()
  await kill()
  rmSync(join(own.directory, 'data', 'http-token'))
  await own.start()
  await page.getByRole('link', { name: 'Log in again' }).click()
  await page.getByLabel('Token').waitFor()
})

it('names, attributes and screens full of HTML and escape sequences are shown as text', async () => {
  const own = sandbox()
  const { address } = await own.start()
  const page = await newPage()
  await page.goto(address)
  const evil = '<img src=x onerror="document.title=1"><script>document.title=2</script>'
  await page.evaluate(async (text) => {
    const post = (path: string, body: object) =>
      fetch(path, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } })
    await post('sessions', { workspace: 'evil', attributes: { [text]: text } })
    await post('sessions/evil/text', { text: `printf '%s\\033]0;t\\007\\033[8m\\n' '${text}'`, submit: true })
  }, evil)
  await page.goto(`${new URL(address).origin}/#/session/evil`)
  await expect.poll(() => page.locator('.screen').textContent()).toContain('<script>')
  await page.getByText('onerror').first().waitFor()
  expect(await page.title()).toBe('sessionkeep')
  expect(await page.locator('main img, main script').count()).toBe(0)
})

it('a browser without the token gets a form, and no data', async () => {
  const own = sandbox()
  const { address } = await own.start()
  const { origin, searchParams } = new URL(address)
  const page = await newPage()
  await page.goto(origin)
  await page.getByLabel('Token').fill('wrong')
  await page.getByRole('button', { name: 'Open the dashboard' }).click()
  await page.waitForURL(/login$/)
  await page.getByLabel('Token').fill(searchParams.get('token') ?? '')
  await page.getByRole('button', { name: 'Open the dashboard' }).click()
  await page.getByText('No session is running.').waitFor()
})
