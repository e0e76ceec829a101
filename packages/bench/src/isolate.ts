import { fork } from 'node:child_process'
import type { MeasurementName } from './measurements/all.ts'
import type { Result } from './report/result.ts'

/** Runs one measurement in a fresh process, so that none is shaped by what the engine learned in another. */
export function inProcessOfItsOwn(program: string, name: MeasurementName, quick: boolean): Promise<Result> {
  return new Promise((resolve, reject) => {
    const args = ['--measure', name, ...(quick ? ['--quick'] : [])]
    const child = fork(program, args, { execArgv: ['--expose-gc'], env: surroundings() })
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

/** Without what would lead a pool to another store than the one that is measured. */
function surroundings(): NodeJS.ProcessEnv {
  const { SESSIONKEEP_STORE: _store, TMUX: _tmux, ...rest } = process.env
  return rest
}
