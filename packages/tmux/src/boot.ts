import { readFile } from 'node:fs/promises'
import type { HostContext } from './host-context.ts'

const FILE = '/proc/sys/kernel/random/boot_id'

/** Prints the boot id: a file on Linux, a kernel variable on macOS. The boot time would not do: it changes with the clock. */
const SCRIPT = `cat ${FILE} 2>/dev/null || sysctl -n kern.bootsessionuuid 2>/dev/null || echo`
const BOOT = /^[0-9A-Za-z-]{8,64}$/

/** Returns the boot id of the machine on which tmux runs, also from inside a container; undefined if it has none. */
export async function boot({ client, newDeadline }: HostContext): Promise<string | undefined> {
  const here = client.isRemote ? '' : await readFile(FILE, 'utf8').catch(() => '')
  if (here !== '') return here.trim()
  const { stdout } = await client.run('boot', ['sh', '-c', SCRIPT], { deadline: newDeadline() })
  const id = stdout.trim()
  return BOOT.test(id) ? id : undefined
}

/** Whether a directory is there and can be entered, where tmux runs. */
export async function hasDirectory({ client, newDeadline }: HostContext, path: string): Promise<boolean> {
  const { exitCode } = await client.run('test', ['sh', '-c', 'cd -- "$1"', 'sh', path], { deadline: newDeadline() })
  return exitCode === 0
}
