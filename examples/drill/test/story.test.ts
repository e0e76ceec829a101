import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { openFixture } from '../src/fixture.ts'
import { runStory } from '../src/story.ts'

function fixture() {
  const opened = openFixture()
  onTestFinished(() => {
    opened.close()
    expect(existsSync(dirname(opened.first))).toBe(false)
  })
  return opened
}

it('keeps every claim on real tmux and files, and leaves one session with its record', async () => {
  const own = fixture()
  let text = ''
  const write = (more: string) => {
    text += more
  }
  expect(await runStory(own, { write, stepMs: 150 })).toBe(0)
  expect(text.match(/^✓/gm)).toHaveLength(8)
  expect(text).toMatch(/^detach +memory/m)
  expect(text.match(/^attach +file /gm)).toHaveLength(2)
  expect(text.match(/^switch +file#2 \+ file /gm)).toHaveLength(2)
  expect(own.sessions()).toEqual(['work-docs'])
})

it('restores everything before it ends when it is interrupted', async () => {
  const own = fixture()
  const interrupted = new AbortController()
  const story = runStory(own, { write: () => {}, stepMs: 60_000, signal: interrupted.signal })
  story.catch(() => undefined)
  await expect.poll(() => own.sessions().length, { timeout: 60_000 }).toBeGreaterThan(5)
  interrupted.abort(new Error('enough'))
  await expect(story).rejects.toThrow('enough')
  expect(own.sessions()).toEqual(['work-docs'])
  expect(own.records(own.first)).toEqual(['work-docs'])
})

it('counts a claim that is not true', async () => {
  const own = fixture()
  let text = ''
  const write = (more: string) => {
    text += more
  }
  const strange = { ...own, records: (of: string) => [...own.records(of), 'work-drill-1'] }
  expect(await runStory(strange, { write, stepMs: 30 })).toBe(1)
  expect(text).toContain('✗ the records of these sessions are gone')
})
