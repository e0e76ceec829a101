import { readFile, realpath } from 'node:fs/promises'
import { StoreError } from '@sessionkeep/contracts'

/**
 * Refuses a file that is a mount of its own, as `docker run -v ./records.json:/data/records.json` makes it. Such a file cannot
 * be replaced, and files beside it, such as locks and journals, are on another volume, which may not outlive the container.
 * Where the system does not list its mounts, nothing is refused.
 *
 * @throws `STORE_MISCONFIGURED`
 *
 * @example
 * await assertNotMounted('/data/records.json')
 */
export async function assertNotMounted(file: string): Promise<void> {
  const [mounts, path] = await Promise.all([
    readFile('/proc/self/mountinfo', 'utf8').catch(() => ''),
    realpath(file).catch(() => file),
  ])
  // The fifth field is the path of the mount; blanks and backslashes in it are written as octal numbers.
  const places = mounts.split('\n').map((line) => (line.split(' ')[4] ?? '').replace(/\\(\d{3})/g, octal))
  if (!places.includes(path)) return
  throw new StoreError(
    'STORE_MISCONFIGURED',
    `${file} is mounted as a single file, so that it cannot be replaced safely. Mount the directory that contains it instead.`,
    { context: { file } },
  )
}

const octal = (_: string, digits: string): string => String.fromCharCode(Number.parseInt(digits, 8))
