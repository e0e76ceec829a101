import { getEventListeners } from 'node:events'
import { describe, expect, test } from 'vitest'
import { eventually, privateServer, stamps } from './support/private-server.ts'

/** How long the text that has its turn waits for its Enter, ms. */
const DELAY_MS = 2000

/** A session in which a text is being typed for long. */
async function typing() {
  const host = privateServer().host()
  const made = await host.create('a', { ...stamps, command: ['cat'] })
  const first = host.sendText(made, 'the first text', { submit: true, delayMs: DELAY_MS })
  return { host, made, first, giveUp: new AbortController(), reason: new Error('the pool was stopped') }
}

describe('behind a text that is being typed', () => {
  test('sendText() and sendKeys() are given up when their signal is aborted, and type nothing when their turn comes', async () => {
    const { host, made, first, giveUp, reason } = await typing()
    const { signal } = giveUp
    const waiting = [
      host.sendText(made, 'never typed', { submit: true, signal }),
      host.sendKeys?.(made, ['n', 'e', 'v', 'e', 'r', 'Enter'], { signal }),
    ]
    const refused = Promise.all(waiting.map((one) => expect(one).rejects.toBe(reason)))
    let isTyped = false
    const typed = first.then((result) => {
      isTyped = true
      return result
    })
    giveUp.abort(reason)
    await refused
    expect(isTyped).toBe(false)
    expect(await typed).toMatchObject({ submitted: true })
    await host.sendText(made, 'the last text', { submit: true })
    await eventually(async () => (await host.capture(made)).includes('the last text'))
    expect(await host.capture(made)).not.toContain('never')
  })

  test('sendText() and sendKeys() have their arguments checked at once', async () => {
    const { host, made, first } = await typing()
    const wrong = [
      host.sendText(made, 'x', { delayMs: -1 }),
      host.sendKeys?.(made, []),
      host.sendKeys?.(made, ['no key']),
      host.sendText(made, 'x\u0003', { controls: 'refuse' }),
    ]
    for (const one of wrong) {
      const refused = one?.catch((error: unknown) => error)
      expect(await Promise.race([refused, first])).toBeInstanceOf(TypeError)
    }
    await first
  })
})

test('sendText() and sendKeys() whose signal is aborted already do nothing', async () => {
  const host = privateServer().host()
  const made = await host.create('a', { ...stamps, command: ['cat'] })
  const reason = new Error('given up')
  const signal = AbortSignal.abort(reason)
  await expect(host.sendText(made, 'never typed', { signal })).rejects.toBe(reason)
  await expect(host.sendKeys?.(made, ['n'], { signal })).rejects.toBe(reason)
  await host.sendText(made, 'the last text', { submit: true })
  await eventually(async () => (await host.capture(made)).includes('the last text'))
  expect(await host.capture(made)).not.toContain('n')
})

test('a text whose typing has begun is finished, also if its signal is aborted', async () => {
  const host = privateServer().host()
  const made = await host.create('a', { ...stamps, command: ['cat'] })
  const giveUp = new AbortController()
  const sent = host.sendText(made, 'a whole text', { submit: true, delayMs: 1000, signal: giveUp.signal })
  await eventually(async () => (await host.capture(made)).includes('a whole text'))
  giveUp.abort(new Error('given up'))
  expect(await sent).toMatchObject({ submitted: true })
  // The terminal shows the line, and cat writes it once more.
  await eventually(async () => (await host.capture(made)).split('a whole text').length === 3)
})

test('a call leaves no listener on its signal, whether it was done or given up', async () => {
  const { host, made, first, giveUp, reason } = await typing()
  const { signal } = giveUp
  const listeners = () => getEventListeners(signal, 'abort')
  await first
  await host.sendText(made, 'x', { signal })
  await host.sendKeys?.(made, ['x'], { signal })
  expect(listeners()).toEqual([])
  const holding = host.sendText(made, 'y', { submit: true, delayMs: 500 })
  const refused = expect(host.sendText(made, 'x', { signal })).rejects.toBe(reason)
  giveUp.abort(reason)
  await refused
  expect(listeners()).toEqual([])
  await holding
})
