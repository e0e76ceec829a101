import { expect, it } from 'vitest'
import { eventAnswer } from '../src/views.ts'
import { fixture } from './support/pool.ts'

it.each([
  ['a private key', ['-----BEGIN PRIVATE KEY-----', 'c2VjcmV0', 'czNjcmV0', '-----END PRIVATE KEY-----', '$ ls']],
  ['a private key that begins above the screen', ['c2VjcmV0', 'czNjcmV0', '-----END PRIVATE KEY-----', '$ ls']],
  ['a secret below its name', ['password: |', '  c2VjcmV0', '  czNjcmV0', '$ ls']],
  ['a secret of several lines in quotes', ['password="c2VjcmV0', 'czNjcmV0"', '$ ls']],
])('%s is masked on a last screen, also on a long one, and what is below it is shown', async (_, lines) => {
  const { call, pool, host } = await fixture()
  for (const [workspace, above] of Object.entries({ short: '', long: `${'words '.repeat(24)}\n`.repeat(40) })) {
    await pool.getOrCreateSession(workspace)
    const screen = `${above}${lines.join('\n')}`
    host.control.exit(`claude-${workspace}`, { exitCode: 1, screen })
    await pool.discoverExistingSessions()
    const { ended } = (await call('GET', `/ended/${workspace}`)).body
    expect(ended.screen).toContain('***')
    expect(ended.screen).not.toMatch(/c2VjcmV0|czNjcmV0/)
    expect(ended.screen.slice(-5)).toBe('\n$ ls')
    const event = eventAnswer({ session: pool.listEnded({ workspace })[0] as object })
    expect(JSON.stringify(event)).not.toMatch(/c2VjcmV0|czNjcmV0/)
  }
})
