import { type Browser, chromium, type Page } from 'playwright-core'
import { onTestFinished } from 'vitest'

let browser: Promise<Browser> | undefined

/** A page of Chromium that fails its test for an error in the page, and for a request to another host. */
export async function newPage(options: Parameters<Browser['newPage']>[0] = {}): Promise<Page> {
  browser ??= chromium.launch({
    executablePath: process.env.SESSIONKEEP_CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox'],
  })
  const page = await (await browser).newPage(options)
  const faults: string[] = []
  page.on('pageerror', (error) => faults.push(`error: ${error.message}`))
  page.on('console', (message) => {
    if (/Content Security Policy|Refused to/.test(message.text())) faults.push(message.text())
  })
  page.on('request', (request) => {
    const url = new URL(request.url())
    if (url.protocol !== 'data:' && url.hostname !== '127.0.0.1') faults.push(`request to ${url.hostname}`)
  })
  onTestFinished(async () => {
    await page.close()
    if (faults.length > 0) throw new Error(faults.join('\n'))
  })
  return page
}

/** Ends the browser of this file. */
export async function closeBrowser(): Promise<void> {
  await (await browser)?.close()
  browser = undefined
}
