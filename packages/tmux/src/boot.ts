import { readFile } from 'node:fs/promises'
import type { HostContext } from './host-context.ts'

const FILE = '/proc/sys/kernel/random/boot_id'

/** Linux has the id of the boot in a file, macOS in a variable of the kernel. Times of the boot will not do, since clocks are set. */
const SCRIPT = `cat ${FILE} 2>/dev/null || sysctl -n kern.bootsessionuuid 2>/dev/null || echo`
const BOOT = /^[0-9A-Za-z-]{8,64}$/

/** Returns the id of the boot of the machine on which tmux runs; undefined where it has none. In a container it is that of the machine. */
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
