import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { readArguments } from '../scripts/lib/arguments.mjs'
import { childEnvironment } from '../scripts/lib/environment.mjs'
import {
  completed,
  entriesWithoutIntegrity,
  hostedEntries,
  missingOptional,
  unwelcomeInProduction,
} from '../scripts/lib/lock.mjs'
import { performAll } from '../scripts/lib/perform.mjs'
import { platformOf } from '../scripts/lib/platform-name.mjs'
import { explain } from '../scripts/lib/prerequisites.mjs'
import { root } from '../scripts/lib/root.mjs'
import { run } from '../scripts/lib/run.mjs'
import { besideOthers } from '../scripts/lib/sqlite-adapter.mjs'
import { outcome } from '../scripts/lib/vitest-step.mjs'

const node = (program: string, timeoutMs?: number) => run(process.execPath, ['-e', program], { timeoutMs })

describe('run()', () => {
  it('returns the exit code and the output of both streams', async () => {
    const program = "console.log('out'); console.error('err'); process.exitCode = 3"
    expect(await node(program)).toEqual({ code: 3, output: 'out\nerr\n' })
  })

  it('returns no code for a command that cannot be started or is ended by a signal', async () => {
    expect((await run('no-such-program', [])).code).toBeUndefined()
    expect((await node('process.kill(process.pid, "SIGKILL")')).output).toContain('ended by SIGKILL')
  })

  it('ends a command after its time-out, with the processes that it started', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'sessionkeep-run-test-'))
    onTestFinished(() => rmSync(directory, { recursive: true }))
    const file = join(directory, 'written-late')
    const { code, output } = await run('sh', ['-c', `(sleep 1; touch ${file}) & sleep 60`], { timeoutMs: 200 })
    expect({ code, output }).toEqual({ code: undefined, output: expect.stringContaining('ended after 0.2 s') })
    await node('setTimeout(() => {}, 1500)')
    expect(existsSync(file)).toBe(false)
  })

  it('does not wait for a server that the command has started', async () => {
    const { output } = await run('sh', ['-c', 'sleep 60 & echo $!'])
    process.kill(Number(output))
  })
})

describe('--help', () => {
  it.each(
    ['test', 'demo', 'drill', 'bench', 'tmux-versions'].flatMap((name) => ['--help', '-h'].map((flag) => [name, flag])),
  )('of npm run %s prints the help and runs nothing, for %s', async (name, flag) => {
    const { code, output } = await run(process.execPath, [join(root, 'scripts', `${name}.mjs`), flag])
    expect(code).toBe(0)
    expect(output).toContain('prints this text and runs nothing')
    expect(output).not.toContain(' … ')
  })

  it('passes unknown arguments on unchanged', () => {
    const args = ['--verbose', 'packages/core', '-t', 'a title']
    expect(readArguments('', { verbose: { type: 'boolean' } }, args)).toEqual({
      values: { verbose: true, t: true },
      rest: ['packages/core', '-t', 'a title'],
    })
  })

  it.each([[['--built', 'there', 'packages/tmux']], [['--built=there', 'packages/tmux']]])(
    'takes the value of an option from the rest, as in %j',
    (args) => {
      const read = readArguments('', { built: { type: 'string' } }, args)
      expect(read).toEqual({ values: { built: 'there' }, rest: ['packages/tmux'] })
    },
  )
})

describe('a wrong option', () => {
  it.each([
    ['fuzz', ['--only', 'nothing'], '--only takes record, rows'],
    ['fuzz', ['--seconds', 'long'], '--seconds takes a whole number above 0, and not "long".'],
    ['campaign-outage', ['--second', '5'], "Unknown option '--second'"],
    ['campaign-crash', ['many'], "Unexpected argument 'many'"],
    ['campaign-faults', ['--call', 'fsync'], "Unknown option '--call'"],
  ])('of %s.mjs ends it at once with one line: %j', async (name, args, line) => {
    const { code, output } = await run(process.execPath, [join(root, 'scripts', `${name}.mjs`), ...args])
    expect(code).toBe(2)
    expect(output).toContain(line)
    expect(output).not.toContain('    at ')
  })
})

describe('childEnvironment()', () => {
  it('leads to no store and no gateway of the user, and keeps the settings of tests', () => {
    const [own, ours] = [
      ['STORE', 'MIRROR', 'POOL_ID', 'SOCKET', 'TOKEN', 'KEYV_SCHEMA'],
      ['TEST_RUNS', 'HISTORIES'],
    ]
    for (const name of [...own, ...ours]) vi.stubEnv(`SESSIONKEEP_${name}`, '1')
    onTestFinished(() => void vi.unstubAllEnvs())
    const passed = Object.keys(childEnvironment()).filter((name) => name.startsWith('SESSIONKEEP_'))
    expect(passed).toEqual(expect.arrayContaining(ours.map((name) => `SESSIONKEEP_${name}`)))
    for (const name of own) expect(passed).not.toContain(`SESSIONKEEP_${name}`)
  })
})

describe('outcome() of a vitest run', () => {
  const report = (passed: number, failed: number, skipped: number, ...brokenFiles: string[]) => ({
    numPassedTests: passed,
    numFailedTests: failed,
    numPendingTests: skipped,
    numTodoTests: 0,
    testResults: brokenFiles.map((name) => ({ name, status: 'failed', assertionResults: [] })),
  })

  it("uses the runner's own counts", () => {
    expect(outcome(0, '', report(5, 0, 2))).toMatchObject({ passed: 5, failed: 0, skipped: 2 })
    expect(outcome(1, '', report(5, 3, 0))).toMatchObject({ passed: 5, failed: 3, skipped: 0 })
  })

  it('names the tests that passed only at the second attempt', () => {
    const tests = [
      { status: 'passed', fullName: 'a waits', failureMessages: ['Error: too slow\n    at a.test.ts:1'] },
      { status: 'passed', fullName: 'b waits', failureMessages: [] },
      { status: 'failed', fullName: 'c waits', failureMessages: ['Error: too slow'] },
    ]
    const file = { name: join(root, 'test/a.test.ts'), status: 'passed', assertionResults: tests }
    expect(outcome(0, '', { ...report(3, 1, 0), testResults: [file] }).remarks).toEqual([
      'Passed at the second attempt: test/a.test.ts > a waits (Error: too slow)',
    ])
  })

  it.each([
    ['no report', 1, undefined],
    ['no report in spite of exit code 0', 0, undefined],
    ['no test executed', 0, report(0, 0, 4)],
    ['an exit code though no test failed', 1, report(5, 0, 0)],
    ['a crash', undefined, report(5, 0, 0)],
    ['a file that could not be loaded', 1, report(5, 0, 0, 'a.test.ts')],
  ])('fails for %s', (_, code, counts) => {
    expect(outcome(code, '', counts).failed).toBe(1)
  })
})

describe('performAll()', () => {
  const perform = (...results: object[]) =>
    performAll(
      results.map((result, index) => ({ name: `step ${index}`, perform: async () => result })),
      { show: false, rest: [], write: () => {} },
    )

  it('adds up the results of the steps, and ends at a fatal failure', async () => {
    expect(await perform({ passed: 1 }, { passed: 4, failed: 1, skipped: 2, remarks: ['r'] })).toEqual({
      passed: 5,
      failed: 1,
      skipped: 2,
      remarks: ['r'],
    })
    expect(await perform({ failed: 1, isFatal: true }, { passed: 1 })).toMatchObject({ passed: 0, failed: 1 })
  })

  it('performs the steps of an inner list at the same time, and goes on when all have ended', async () => {
    const written: string[] = []
    const steps = ['first', 'second', 'last'].map((name) => ({
      name,
      perform: async () => {
        written.push(`${name} begins`)
        await new Promise((resolve) => setImmediate(resolve))
        return name === 'first' ? { failed: 1, isFatal: true, output: 'why' } : { passed: 1 }
      },
    }))
    const write = (text: string) => void written.push(text)
    const [first, second, last] = steps
    const result = await performAll([[first, second], last], { show: false, rest: [], write })
    expect(result).toMatchObject({ passed: 1, failed: 1 })
    expect(written.slice(0, 2)).toEqual(['first begins', 'second begins'])
    expect(written.slice(2).join('')).toMatch(/^first … FAILED \(\S+ s\)\n {4}why\nsecond … ok \(\S+ s\)\n$/)
  })

  it('counts a step that throws as failed, and prints its output indented', async () => {
    const steps = [{ name: 'step', perform: () => Promise.reject(new Error('5 passed, 0 failed')) }]
    const written: string[] = []
    const write = (text: string) => void written.push(text)
    expect(await performAll(steps, { show: false, rest: [], write })).toMatchObject({ passed: 0, failed: 1 })
    expect(written.join('')).toMatch(/^step … FAILED \(\d+\.\d s\)\n {4}Error: 5 passed, 0 failed\n {4}/)
  })
})

describe('besideOthers()', () => {
  const preparation = (isWanted: boolean, codes: readonly number[], isThereAtFirst = false) => {
    const left = [...codes]
    let code = isThereAtFirst ? 0 : 1
    const prepare = async () => {
      code = left.shift() ?? 1
      return { code, output: `left with ${code}` }
    }
    const task = besideOthers({ isWanted, prepare, remark: 'how', isThere: async () => ({ code, output: 'probed' }) })
    return { ...task, left }
  }

  it('uses what is installed, prints how to install it if it is not wanted, and is prepared only once', async () => {
    expect(await preparation(true, [0], true).perform()).toEqual({ passed: 1, note: 'there' })
    expect(await preparation(false, [0]).perform()).toEqual({ skipped: 1, remarks: ['how'] })
    const begun = preparation(true, [0, 0])
    begun.begin()
    expect(await begun.perform()).toEqual({ passed: 1, note: 'prepared' })
    expect(begun.left).toEqual([0])
  })

  it('retries once, then fails with all of the output', async () => {
    expect(await preparation(true, [1, 0]).perform()).toMatchObject({ passed: 1 })
    const twice = preparation(true, [2, 3, 0])
    expect(await twice.perform()).toEqual({ failed: 1, output: 'left with 2\nleft with 3\nprobed' })
    expect(twice.left).toEqual([0])
  })
})

describe('the lock', () => {
  const lock = {
    packages: {
      'node_modules/tool': {
        optionalDependencies: { 'tool-linux-x64-musl': '1.0.0', near: '1.0.0', far: '1.0.0' },
        dev: true,
      },
      'node_modules/tool/node_modules/near': {},
      'node_modules/far': { resolved: 'https://host/far.tgz' },
    },
  }

  it('lacks a package that no node_modules directory above has', () => {
    expect(missingOptional(lock).map(({ name }) => name)).toEqual(['tool-linux-x64-musl'])
  })

  it('is completed from the name of the package, in the order of npm', () => {
    const whole = completed(lock)
    expect(missingOptional(whole)).toEqual([])
    expect(whole.packages['node_modules/tool-linux-x64-musl']).toEqual({
      version: '1.0.0',
      cpu: ['x64'],
      dev: true,
      libc: ['musl'],
      optional: true,
      os: ['linux'],
    })
  })

  it('is not completed by guesswork', () => {
    const wanting = (optionalDependencies: object) => ({ packages: { 'node_modules/tool': { optionalDependencies } } })
    expect(() => completed(wanting({ 'tool-for-someone': '1.0.0' }))).toThrow('by hand')
    expect(() => completed(wanting({ 'tool-linux-x64': '^1.0.0' }))).toThrow('by hand')
  })

  it('names no host', () => {
    expect(hostedEntries(lock)).toEqual(['node_modules/far'])
  })

  it('has a hash for every entry of the registry, and for nothing of this repository', () => {
    const packages = {
      '': {},
      'packages/core': {},
      'node_modules/ours': { link: true },
      'node_modules/proven': { integrity: 'sha512-x' },
      'node_modules/unproven': {},
    }
    expect(entriesWithoutIntegrity({ packages })).toEqual(['node_modules/unproven'])
  })

  it('gives users only licences of the list, and no scripts at installation', () => {
    const packages = {
      'node_modules/good': { license: 'MIT' },
      'node_modules/tool': { license: 'MPL-2.0', hasInstallScript: true, dev: true },
      'node_modules/other': { license: 'AGPL-3.0' },
      'node_modules/unsaid': {},
      'node_modules/builds': { license: 'ISC', hasInstallScript: true },
    }
    expect(unwelcomeInProduction({ packages })).toEqual([
      'node_modules/other: its licence is AGPL-3.0',
      'node_modules/unsaid: its licence is none',
      'node_modules/builds: npm runs a script when it installs it',
    ])
  })
})

describe('platformOf()', () => {
  it.each([
    ['@biomejs/cli-win32-arm64', { os: ['win32'], cpu: ['arm64'] }],
    ['@turbo/darwin-64', { os: ['darwin'], cpu: ['x64'] }],
    ['@turbo/windows-64', { os: ['win32'], cpu: ['x64'] }],
    ['@rollup/rollup-linux-arm-musleabihf', { os: ['linux'], cpu: ['arm'], libc: ['musl'] }],
    ['@rollup/rollup-linux-x64-gnu', { os: ['linux'], cpu: ['x64'], libc: ['glibc'] }],
    ['@rollup/rollup-win32-x64-gnu', { os: ['win32'], cpu: ['x64'] }],
    ['bufferutil', undefined],
  ])('reads %s', (name, platform) => {
    expect(platformOf(name)).toEqual(platform)
  })
})

describe('explain()', () => {
  it('names the missing program, the consequence, and the package for each system', () => {
    const tool = {
      command: 'flock',
      problem: 'is missing',
      debian: 'util-linux',
      macos: 'flock',
      fedora: 'util-linux-core',
    }
    expect(explain({ ...tool, required: false })).toBe(
      'flock is missing: the tests that need it are skipped. ' +
        'Debian: apt-get install util-linux; macOS: brew install flock; Fedora: dnf install util-linux-core',
    )
    expect(explain({ ...tool, required: true })).toContain('nothing can be tested without it')
  })
})
