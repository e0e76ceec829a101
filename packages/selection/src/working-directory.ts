import { parse } from 'node:path'

/** The working directory of the process. If that was removed, the root of the file system, so that the pool can still start. */
export function workingDirectory(): string {
  try {
    return process.cwd()
  } catch {
    return parse(process.execPath).root
  }
}
