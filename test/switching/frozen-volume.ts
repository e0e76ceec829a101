import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/**
 * A file system that one gateway can freeze and thaw. `wrapper` starts the gateway in a mount namespace with this file
 * system; the namespace ends with the gateway. If the test dies, the file system is thawed after a minute.
 */
export function frozenVolume() {
  const directory = mkdtempSync(join(tmpdir(), 'skf-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const [image, volume] = [join(directory, 'img'), join(directory, 'm')]
  mkdirSync(volume)
  execFileSync('truncate', ['-s', '32M', image])
  execFileSync('mkfs.ext4', ['-q', image])
  const thaw = `fsfreeze -u ${volume}`
  const watch = `(for _ in $(seq 60); do sleep 1; kill -0 $$ || break; done; ${thaw}) < /dev/null > /dev/null 2>&1 &`
  const script = `set -e; mount -o loop ${image} ${volume}; chmod 700 ${volume}; ${watch} exec "$@"`
  return { volume, directory: join(volume, 'sessions'), wrapper: ['unshare', '-m', 'sh', '-c', script, 'sh'] }
}
