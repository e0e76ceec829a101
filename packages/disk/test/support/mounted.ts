import { type ChildWork, type Line, startChild } from './child.ts'

/** Runs `work` in a separate mount namespace, after the command `mounting`. */
export function mounted(built: string, mounting: string, work: ChildWork, env: object = {}): Promise<Line[]> {
  // Bash is not used: when its input is a socket, as here, it reads the start-up files of the user and waits for
  // their commands.
  const wrapper = ['unshare', '-m', 'sh', '-c', `set -e; ${mounting}; "$@"`, 'sh']
  return startChild(built, work, wrapper, env).ended()
}

export const tmpfs = (path: string, options: string): string => `mount -t tmpfs -o mode=700,${options} tmpfs ${path}`
