import { execFile, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { root } from './root.mjs'

const execute = promisify(execFile)
/** How long a program may take until it says that it is ready, and a condition until it holds, ms. */
const PATIENCE_MS = 60_000

/**
 * Plays a person with an empty home directory who follows pages exactly: saves their code, runs their commands, and reads
 * the output. `registry` is where npm finds the packages of this repository.
 */
export async function createWalker(registry) {
  const home = mkdtempSync(join(tmpdir(), 'sessionkeep-walk-'))
  const { stdout } = await execute('npm', ['config', 'get', 'registry'])
  writeFileSync(
    join(home, '.npmrc'),
    `registry=${stdout.trim()}\n@sessionkeep:registry=${registry}\nfund=false\naudit=false\n`,
  )
  const env = { PATH: process.env.PATH, HOME: home, TMUX_TMPDIR: home, LANG: 'C.UTF-8' }
  const programs = new Set()
  let cwd = home

  return {
    home,
    /** The fences of a page, in their order: language and text. */
    fencesOf(page) {
      const text = readFileSync(join(root, page), 'utf8')
      return [...text.matchAll(/^```(\w+)[^\n]*\n(.*?)^```$/gms)].map(([, language, body]) => ({
        language,
        text: body,
      }))
    },
    enter(directory) {
      cwd = join(home, directory)
      mkdirSync(cwd, { recursive: true })
    },
    save(file, text) {
      mkdirSync(dirname(join(cwd, file)), { recursive: true })
      writeFileSync(join(cwd, file), text)
    },
    /** Runs the commands of a fence, one after the other, and returns what they print. */
    async run(commands) {
      const running = execute('sh', ['-ec', commands], { cwd, env, maxBuffer: 1 << 24 })
      const { stdout } = await running.catch(({ code, stdout, stderr }) => {
        const failures = stdout.split('\n').filter((line) => /not ok|error/i.test(line))
        throw new Error(`${commands.trim()} ended with ${code}:\n${[...failures, stderr].join('\n')}`)
      })
      return stdout
    },
    /** Starts a program in another terminal, and resolves with it once its output matches. */
    async start(command, ready) {
      const program = spawn('sh', ['-c', `exec ${command}`], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
      programs.add(program)
      let output = ''
      for (const stream of [program.stdout, program.stderr]) stream.on('data', (data) => (output += data))
      const ended = new Promise((resolve) => program.once('exit', resolve))
      await this.until(`${command} is ready`, () => {
        if (program.exitCode !== null) throw new Error(`${command} ended with ${program.exitCode}:\n${output}`)
        return ready.exec(output)
      })
      return {
        output: () => output,
        async kill(signal) {
          program.kill(signal)
          await ended
          programs.delete(program)
        },
      }
    },
    /** Waits until the condition holds, and returns what it returned. */
    async until(what, condition) {
      let last
      for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await sleep(100)) {
        last = await condition()
        if (last) return last
      }
      throw new Error(`This did not happen in time: ${what}`)
    },
    async end() {
      for (const program of programs) program.kill('SIGKILL')
      await execute('sh', ['-c', 'for socket in tmux-*/*; do tmux -S "$socket" kill-server || true; done'], {
        cwd: home,
        env,
      })
      rmSync(home, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}
