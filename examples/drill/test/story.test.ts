import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { openGround } from '../src/ground.ts'
import { tell } from '../src/story.ts'

function ground() {
  const opened = openGround()
  onTestFinished(() => {
    opened.close()
    expect(existsSync(dirname(opened.first))).toBe(false)
  })
  return opened
}

it('holds every claim on real tmux and files, and leaves one session with its record', async () => {
  const own = ground()
  let text = ''
  const write = (more: string) => {
    text += more
  }
  expect(await tell(own, { write, stepMs: 150 })).toBe(0)
  expect(text.match(/^✓/gm)).toHaveLength(8)
  expect(text).toMatch(/^detach +memory/m)
  expect(text.match(/^attach +file /gm)).toHaveLength(2)
  expect(text.match(/^switch +file#2 \+ file /gm)).toHaveLength(2)
  expect(own.sessions()).toEqual(['work-docs'])
})

it('interrupted, it puts everything back before it ends', async () => {
  const own = ground()
  const interrupted = new AbortController()
  const story = tell(own, { write: () => {}, stepMs: 60_000, signal: interrupted.signal })
  await expect.poll(() => own.sessions().length, { timeout: 20_000 }).toBeGreaterThan(5)
  interrupted.abort(new Error('enough'))
  await expect(story).rejects.toThrow('enough')
  expect(own.sessions()).toEqual(['work-docs'])
  expect(own.records(own.first)).toEqual(['work-docs'])
})

it('does not hold where a claim is not true', async () => {
  const own = ground()
  let text = ''
  const write = (more: string) => {
    text += more
  }
  const strange = { ...own, records: (of: string) => [...own.records(of), 'work-drill-1'] }
  expect(await tell(strange, { write, stepMs: 30 })).toBe(1)
  expect(text).toContain('✗ and so are their records')
})
