import { parse } from 'node:path'

/** Where the program runs; the root where that directory was removed under it, which is no reason not to start. */
export function workingDirectory(): string {
  try {
    return process.cwd()
  } catch {
    return parse(process.execPath).root
  }
}
