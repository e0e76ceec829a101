import { fork } from 'node:child_process'
import type { MeasurementName } from './measurements/all.ts'
import type { Result } from './report/result.ts'

/**
 * Runs one measurement in a fresh process, so that the optimisations of the engine for one do not influence another.
 */
export function measureInChild(program: string, name: MeasurementName, quick: boolean): Promise<Result> {
  return new Promise((resolve, reject) => {
    const args = ['--measure', name, ...(quick ? ['--quick'] : [])]
    const child = fork(program, args, { execArgv: ['--expose-gc'], env: environment() })
    let result: Result | undefined
    child.on('message', (message) => {
      result = message as Result
    })
    child.on('error', reject)
    child.on('exit', (code) => {
      if (result && code === 0) resolve(result)
      else reject(new Error(`${name} ended with ${code}`))
    })
  })
}

/** The environment without the variables that would add a store to the measured one, or lead to the tmux server of the user. */
function environment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(SESSIONKEEP_|TMUX$)/.test(name)))
}
