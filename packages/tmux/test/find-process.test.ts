import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parseProcess } from '../src/find-process.ts'

describe('parseProcess()', () => {
  test.runIf(process.platform === 'linux')('reads the start time from field 22 of /proc', () => {
    const stat = readFileSync('/proc/self/stat', 'utf8')
    const start = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
    expect(parseProcess(`proc ${stat}`)?.startTime).toBe(start)
  })

  test('accepts any name of a process', () => {
    const rest = Array.from({ length: 30 }, (_, at) => at).join(' ')
    expect(parseProcess(`proc 7 (a) S 1 (tmux: server) S ${rest}`)).toEqual({
      command: 'a) S 1 (tmux: server',
      startTime: '18',
    })
  })

  test('treats a zombie as gone', () => {
    expect(parseProcess(`proc 7 (tmux: server) Z ${'0 '.repeat(30)}`)).toBeUndefined()
  })

  test('reads the output of ps', () => {
    const argv = ['-p', String(process.pid), '-o', 'lstart=', '-o', 'comm=']
    const output = execFileSync('ps', argv, { env: { ...process.env, LC_ALL: 'C', TZ: 'UTC0' }, encoding: 'utf8' })
    const found = parseProcess(`ps ${output}`)
    expect(Date.parse(`${found?.startTime} UTC`)).not.toBeNaN()
    expect(output).toContain(found?.startTime)
    expect(output).toContain(found?.command)
    expect(parseProcess('ps Sun Nov  2 09:20:01 2025     tmux\n')).toEqual({
      command: 'tmux',
      startTime: 'Sun Nov  2 09:20:01 2025',
    })
  })

  test('distinguishes a missing process from an unknown one', () => {
    expect(parseProcess('gone\n')).toBeUndefined()
    for (const output of ['', 'unknown\n', 'Connection closed']) expect(() => parseProcess(output)).toThrow()
  })
})
