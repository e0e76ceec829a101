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
