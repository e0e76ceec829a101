import { spawn } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * Runs a command and returns its code and output. The code is undefined if the command could not be started or took too
 * long. The output goes to a file, since a server that a test has left running would keep a pipe open.
 */
export async function run(command, args, { cwd, env = process.env, timeoutMs = 600_000, show = false } = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'sessionkeep-run-'))
  const file = join(directory, 'output')
  const descriptor = openSync(file, 'w')
  try {
    const stdio = show ? ['ignore', 'inherit', 'inherit'] : ['ignore', descriptor, descriptor]
    const child = spawn(command, args, { cwd, env, stdio, detached: true })
    const { code, note } = await ended(child, timeoutMs)
    return { code, output: readFileSync(file, 'utf8') + note }
  } finally {
    closeSync(descriptor)
    rmSync(directory, { recursive: true, force: true })
  }
}

function ended(child, timeoutMs) {
  // The command leads a process group, so that the processes it has started can be ended with it.
  const endGroup = (signal) => {
    try {
      process.kill(-child.pid, signal)
    } catch (error) {
      if (error.code !== 'ESRCH') throw error
    }
  }
  return new Promise((resolve) => {
    let late = false
    const timer = setTimeout(() => {
      late = true
      endGroup('SIGKILL')
    }, timeoutMs)
    const interrupted = (signal) => {
      endGroup('SIGTERM')
      process.exit(128 + constants.signals[signal])
    }
    const settle = (outcome) => {
      clearTimeout(timer)
      process.off('SIGINT', interrupted).off('SIGTERM', interrupted)
      resolve(outcome)
    }
    process.on('SIGINT', interrupted).on('SIGTERM', interrupted)
    child.on('error', (error) => settle({ code: undefined, note: `${error.message}\n` }))
    child.on('exit', (code, signal) => {
      if (late) settle({ code: undefined, note: `\nended after ${timeoutMs / 1000} s\n` })
      else settle({ code: code ?? undefined, note: signal ? `\nended by ${signal}\n` : '' })
    })
  })
}
