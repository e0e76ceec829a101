import { type ChildWork, type Line, startChild } from './child.ts'

/**
 * Runs `work` in a separate mount namespace, after the command `mounting`. The warning that a file system is in memory
 * is left out, since most of those that are mounted here are.
 */
export async function mounted(built: string, mounting: string, work: ChildWork, env: object = {}): Promise<Line[]> {
  // Bash is not used: when its input is a socket, as here, it reads the start-up files of the user and waits for
  // their commands.
  const wrapper = ['unshare', '-m', 'sh', '-c', `set -e; ${mounting}; "$@"`, 'sh']
  const lines = await startChild(built, work, wrapper, env).ended()
  return lines.filter(({ warned }) => !String(warned).startsWith('This file system is in memory'))
}

export const tmpfs = (path: string, options: string): string => `mount -t tmpfs -o mode=700,${options} tmpfs ${path}`
