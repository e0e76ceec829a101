import { execFileSync } from 'node:child_process'
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { linesTo } from '../src/stderr-lines.ts'

const { O_NONBLOCK, O_RDWR } = constants
let directory: string
let fd: number

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sessionkeep-stderr-'))
  const pipe = join(directory, 'pipe')
  execFileSync('mkfifo', [pipe])
  fd = openSync(pipe, O_RDWR | O_NONBLOCK)
})
afterEach(() => {
  closeSync(fd)
  rmSync(directory, { recursive: true })
})

/** Everything that the pipe holds now. */
function takeAll(): string {
  const chunks: Buffer[] = []
  const chunk = Buffer.alloc(65_536)
  try {
    for (let read = -1; read !== 0; ) {
      read = readSync(fd, chunk)
      chunks.push(Buffer.from(chunk.subarray(0, read)))
    }
  } catch (error) {
    // The pipe is empty.
    expect(error).toMatchObject({ code: 'EAGAIN' })
  }
  return Buffer.concat(chunks).toString()
}

const lineOf = (at: number) => `${JSON.stringify({ at, text: 'x'.repeat(1500) })}\n`
const parsed = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { at?: number; dropped?: number })

test('lines that the reader takes arrive whole and in order', () => {
  const lines = linesTo(fd)
  for (let at = 0; at < 20; at += 1) lines.write(lineOf(at))
  expect(parsed(takeAll()).map(({ at }) => at)).toEqual(Array.from({ length: 20 }, (_, at) => at))
})

test('when the reader has stopped, lines are dropped, and the next line that gets through says how many', () => {
  const lines = linesTo(fd)
  for (let at = 0; at < 1000; at += 1) lines.write(lineOf(at))
  const first = takeAll()
  lines.write(lineOf(1000))
  const all = parsed(first + takeAll())
  const arrived = all.filter(({ at }) => at !== undefined)
  const dropped = all.filter((line) => line.dropped !== undefined)
  expect(arrived.length).toBeGreaterThan(10)
  expect(dropped).toEqual([expect.objectContaining({ level: 40, dropped: 1001 - arrived.length })])
  expect(all.at(-1)?.at).toBe(1000)
})

test('a descriptor that cannot be written to ends nobody', () => {
  const closed = openSync('/dev/null', 'r')
  expect(() => linesTo(closed).write(lineOf(1))).not.toThrow()
  closeSync(closed)
})
