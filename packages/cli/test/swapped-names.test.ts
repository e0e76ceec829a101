import { writeFileSync } from 'node:fs'
import { encodeName } from '@sessionkeep/disk'
import { describe, expect, it } from 'vitest'
import { answer, directoryWith, record, sessionkeep, writeRecord } from './support/fixture.ts'

/** A record of the session `id` under a name. Sessions with later letters are newer. */
const under = (name: string, id: string, totalRequests = 5) => {
  const createdAt = id.charCodeAt(0)
  return { ...record(id, { createdAt, totalRequests }), sessionName: `claude-${name}` }
}

/** Copies the first records to a directory that has the others, and returns which session the target then has under each name. */
async function copied(from: readonly { sessionName: string }[], to: readonly { sessionName: string }[]) {
  const directory = directoryWith(from)
  const target = directoryWith(to)
  const args = ['copy', '--from', 'file', '--to', `file:${target}/sessions`]
  expect(await answer(directory, args)).toMatchObject({ code: 0 })
  const read = async () => {
    const { answer: given } = await answer(target, ['ls', '--store', 'file'])
    const sessions = given.sessions as Array<{ sessionName: string; workspace: string; totalRequests: number }>
    return Object.fromEntries(sessions.map((one) => [one.sessionName, `${one.workspace} ${one.totalRequests}`]))
  }
  const result = await read()
  await sessionkeep(directory, args)
  expect(await read()).toEqual(result)
  return { result, directory, target, read, args }
}

describe('a copy to a target with an earlier copy', () => {
  it('brings both sessions that have swapped their names meanwhile', async () => {
    const { result } = await copied([under('a', 'b', 9), under('b', 'a', 9)], [under('a', 'a'), under('b', 'b')])
    expect(result).toEqual({ 'claude-a': 'b 9', 'claude-b': 'a 9' })
  })

  it('brings all sessions whose names moved on in a ring', async () => {
    const { result } = await copied(
      [under('a', 'b', 9), under('b', 'c', 9), under('c', 'a', 9)],
      [under('a', 'a'), under('b', 'b'), under('c', 'c')],
    )
    expect(result).toEqual({ 'claude-a': 'b 9', 'claude-b': 'c 9', 'claude-c': 'a 9' })
  })

  it('goes on where it was stopped, in whichever half of a swap', async () => {
    for (const written of ['a', 'b']) {
      const { directory, target, read, args } = await copied([], [under('a', 'a'), under('b', 'b')])
      const source = [under('a', 'b', 9), under('b', 'a', 9)]
      for (const each of source) writeRecord(directory, each)
      for (const each of source) if (each.sessionName.endsWith(written)) writeRecord(target, each)
      await sessionkeep(directory, args)
      expect(await read()).toEqual({ 'claude-a': 'b 9', 'claude-b': 'a 9' })
    }
  })

  it('keeps a newer session that the source does not have, and one that can go nowhere else', async () => {
    const { result } = await copied([under('a', 'b'), under('b', 'a')], [under('a', 'z'), under('b', 'b')])
    expect(result).toEqual({ 'claude-a': 'z 5', 'claude-b': 'b 5' })
  })
})

describe('a copy that would lose a session of the target is refused for its name', () => {
  const refused = async (from: readonly { sessionName: string }[], to: readonly { sessionName: string }[]) => {
    const [directory, target] = [directoryWith(from), directoryWith(to)]
    const { code, answer: given } = await answer(directory, [
      'copy',
      '--from',
      'file',
      '--to',
      `file:${target}/sessions`,
    ])
    expect(code).toBe(2)
    const { answer: listed } = await answer(target, ['ls', '--store', 'file'])
    const sessions = listed.sessions as Array<{ sessionName: string; workspace: string; totalRequests: number }>
    return {
      refused: given.refused,
      result: Object.fromEntries(sessions.map((one) => [one.sessionName, `${one.workspace} ${one.totalRequests}`])),
    }
  }

  it('when the target has more of a session that swapped its name', async () => {
    const given = await refused([under('a', 'b', 9), under('b', 'a', 9)], [under('a', 'a', 50), under('b', 'b', 50)])
    expect(given.result).toEqual({ 'claude-a': 'a 50', 'claude-b': 'b 50' })
    expect(given.refused).toMatchObject([{ name: 'claude-a', why: expect.stringContaining('session of a') }])
  })

  it('when that session cannot get its own name, since the target has a newer one there', async () => {
    const given = await refused([under('a', 'q', 60), under('c', 'z', 1)], [under('a', 's', 3), under('c', 'q', 50)])
    expect(given.result).toEqual({ 'claude-a': 's 3', 'claude-c': 'q 50' })
    expect(given.refused).toMatchObject([{ name: 'claude-c', why: expect.stringContaining('session of q') }])
  })

  it('when the target has a record at its own name that this release cannot read', async () => {
    const blocked = { ...under('c', 'y'), schemaVersion: 99 }
    const given = await refused([under('a', 'z', 1), under('c', 'q', 50)], [under('a', 'q', 50), blocked])
    expect(given.result).toMatchObject({ 'claude-a': 'q 50' })
    expect(given.refused).toMatchObject([{ name: 'claude-a' }, { name: 'claude-c' }])
  })
})

describe('a spare record of a swap', () => {
  /** Lists a store with the record of one session, and the spare record of the session `a`. */
  const namesWith = async (other: { readonly sessionName: string }) => {
    const directory = directoryWith([other])
    const sessionName = 'sessionkeep-swap~1-2'
    const file = `${directory}/sessions/${encodeName(sessionName, false)}.json`
    writeFileSync(file, JSON.stringify({ ...under('x', 'a'), sessionName }), { mode: 0o600 })
    const { answer: given } = await answer(directory, ['ls'])
    return (given.sessions as Array<{ sessionName: string }>).map((session) => session.sessionName)
  }

  it('is not listed beside another record of its session', async () => {
    expect(await namesWith(under('a', 'a'))).toEqual(['claude-a'])
  })

  it('is listed if it is the only record of its session', async () => {
    expect(await namesWith(under('a', 'b'))).toContain('sessionkeep-swap~1-2')
  })
})
