import { type ChildWork, type Line, startChild } from './child.ts'

/** Runs the work where `mounting` has been done in a mount namespace of its own, which ends with it. */
export function mounted(built: string, mounting: string, work: ChildWork, env: object = {}): Promise<Line[]> {
  // Not bash: where its input is a socket, as here, it reads the user's own start-up files, and waits for what those do.
  const wrapper = ['unshare', '-m', 'sh', '-c', `set -e; ${mounting}; "$@"`, 'sh']
  return startChild(built, work, wrapper, env).ended()
}

export const tmpfs = (path: string, options: string): string => `mount -t tmpfs -o mode=700,${options} tmpfs ${path}`
