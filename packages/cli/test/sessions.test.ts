import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { answer, directoryWith, ENDED, HOUR, NOW, record, sessionkeep, writeRecord } from './support/fixture.ts'

const both = () => directoryWith([record('docs'), record('old', ENDED)])

describe('ls', () => {
  it('lists living sessions, and ended ones with --all', async () => {
    const directory = both()
    const { code, out, err } = await sessionkeep(directory, ['ls'])
    expect(code).toBe(0)
    expect(out).toMatch(
      /^WORKSPACE +SESSION +STATUS +REQUESTS +AGE +LAST ACTIVITY\ndocs +claude-docs +idle +42 +5 h +1 h ago\n$/,
    )
    expect(err).toBe('next: Show 1 ended session too. sessionkeep ended\n')
    expect((await sessionkeep(directory, ['ls', '--all'])).out).toMatch(/old +claude-old +ended/)
  })

  it('prints what a terminal would obey as escapes', async () => {
    const directory = directoryWith([record('docs', { workspace: 'a\u001b[2Jb\u202e' })])
    const { out } = await sessionkeep(directory, ['ls'])
    expect(out).toContain('a\\x1b[2Jb\\u{202e}')
    expect(out).not.toContain('\u001b')
  })

  it('names records that cannot be read beside those that can', async () => {
    const directory = both()
    writeRecord(directory, { ...record('bad'), createdAt: 'yesterday' } as { sessionName: string })
    const { answer: given } = await answer(directory, ['ls'])
    expect(given).toMatchObject({ ok: true, sessions: [{ workspace: 'docs' }], unreadable: [{ name: 'claude-bad' }] })
  })

  it('reads the store that --store names, without the variable that would name another one', async () => {
    const [directory, other] = [directoryWith([]), both()]
    const env = { SESSIONKEEP_DIRECTORY: `${directory}/sessions` }
    const { answer: given } = await answer(directory, ['ls', '--store', `file:${other}/sessions`], env)
    expect(given).toMatchObject({ sessions: [{ workspace: 'docs' }] })
  })

  it('reads the records of the pool that --pool-id names', async () => {
    const directory = both()
    expect((await answer(directory, ['ls', '--pool-id', 'other'])).answer).toMatchObject({ sessions: [] })
  })

  it('writes nothing', async () => {
    const directory = both()
    const before = readdirSync(`${directory}/sessions`)
    for (const args of [['ls'], ['show', 'docs'], ['ended'], ['status'], ['doctor'], ['explain']]) {
      await sessionkeep(directory, args)
    }
    expect(readdirSync(`${directory}/sessions`)).toEqual(before)
  })
})

describe('show', () => {
  it('masks credentials in what a store has of a session, as a gateway does', async () => {
    const screen = `${'words '.repeat(800)}\n$ redis-cli -a hunter2 ping\nPONG`
    const attributes = { chat: 'a', apiToken: 'hunter2' }
    const ended = { ...ENDED.ended, screen }
    const directory = directoryWith([record('docs', { ...ENDED, ended, attributes, workspace: 'token=docs' })])
    for (const words of [['show', 'claude-docs'], ['ended'], ['ls', '--all']]) {
      const shown = (await sessionkeep(directory, words)).out
      const { out } = await sessionkeep(directory, [...words, '--json'])
      expect(shown + out).not.toContain('hunter2')
      expect(shown).toContain('token=docs')
      expect(out).toContain('"workspace": "token=docs"')
      expect(out).toContain('redis-cli -a *** ping')
      expect(out).toContain('"chat": "a"')
    }
  })

  it('says that records cannot be read if none of the others is of the workspace', async () => {
    const directory = both()
    writeRecord(directory, { ...record('bad'), createdAt: 'yesterday' } as { sessionName: string })
    const { err, code } = await sessionkeep(directory, ['show', 'bad'])
    expect(code).not.toBe(0)
    expect(err).toContain('There is no session of workspace "bad" among the records that can be read (1 cannot).')
  })

  it('finds a session by its workspace and by its name', async () => {
    const directory = directoryWith([record('docs', { attributes: { agent: 'a1' } })])
    for (const wanted of ['docs', 'claude-docs']) {
      const { out, code } = await sessionkeep(directory, ['show', wanted])
      expect(code).toBe(0)
      expect(out).toMatch(/^requests +42$/m)
      expect(out).toMatch(/^attributes +{"agent":"a1"}$/m)
    }
  })

  it('prefers the living session of a workspace, and shows the last screen of an ended one', async () => {
    const directory = directoryWith([record('old', ENDED), { ...record('old'), sessionName: 'renamed' }])
    expect((await answer(directory, ['show', 'old'])).answer).toMatchObject({ session: { sessionName: 'renamed' } })
    const { out } = await sessionkeep(directory, ['show', 'claude-old'])
    expect(out).toMatch(/^exit code +3$/m)
    expect(out).toMatch(/\n\nfirst line\nlast line\n$/)
  })

  it('exits 1 when there is no such session, and says what to do', async () => {
    const { code, out, err } = await sessionkeep(both(), ['show', 'dosc'])
    expect(code).toBe(1)
    expect(out).toBe('')
    expect(err).toContain('There is no session of workspace "dosc". (CLI_NOT_FOUND)')
    expect(err).toContain('sessionkeep ls --all')
    // Behind `--` it is the name of a workspace, and not the option.
    expect(await sessionkeep(both(), ['show', '--', '--json'])).toMatchObject({ code: 1, out: '' })
  })
})

describe('ended', () => {
  it('leaves out a record that only remembers a deletion for a store that is away', async () => {
    const directory = directoryWith([record('docs', { ended: { at: NOW - HOUR, cause: 'deleted' } })])
    expect((await sessionkeep(directory, ['ended'])).out).not.toContain('docs')
  })

  it('says when and how a session ended, and its last line', async () => {
    const { out } = await sessionkeep(both(), ['ended'])
    expect(out).toMatch(/^old +2 h ago +exited 3 +1 d +last line$/m)
    expect(out).not.toContain('docs')
  })
})

describe('gc', () => {
  it('removes expired records alone, and none in a dry run', async () => {
    const expired = record('gone', { ...ENDED, expiresAt: NOW - HOUR })
    const directory = directoryWith([record('docs'), record('old', ENDED), expired])
    const files = () => readdirSync(`${directory}/sessions`).filter((name) => name.endsWith('.json'))
    const dry = await answer(directory, ['gc', '--dry-run'])
    expect(dry.answer).toMatchObject({ dryRun: true, removed: ['claude-gone'], stayed: 2 })
    expect(files()).toHaveLength(3)
    expect((await answer(directory, ['gc'])).answer).toMatchObject({ dryRun: false, removed: ['claude-gone'] })
    expect(files()).toEqual(['claude-docs.json', 'claude-old.json'])
  })
})
