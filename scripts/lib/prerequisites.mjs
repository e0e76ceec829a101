import { spawnSync } from 'node:child_process'
import { isComplete, isLinux, isRoot } from './environment.mjs'

const EVERYWHERE = [
  { command: 'tmux', probe: ['-V'], required: true, minimum: 3.2, debian: 'tmux', macos: 'tmux', fedora: 'tmux' },
  { command: 'git', probe: ['--version'], required: true, debian: 'git', macos: 'git', fedora: 'git' },
  { command: 'redis-server', probe: ['--version'], debian: 'redis-server', macos: 'redis', fedora: 'redis' },
  { command: 'postgres', probe: ['--version'], debian: 'postgresql', macos: 'postgresql', fedora: 'postgresql-server' },
  { command: 'pgbouncer', probe: ['--version'], debian: 'pgbouncer', macos: 'pgbouncer', fedora: 'pgbouncer' },
  { command: 'etcd', probe: ['--version'], debian: 'etcd-server', macos: 'etcd', fedora: 'etcd' },
  { command: 'etcdctl', probe: ['version'], debian: 'etcd-client', macos: 'etcd', fedora: 'etcd' },
  { command: 'flock', probe: ['--version'], debian: 'util-linux', macos: 'flock', fedora: 'util-linux-core' },
  { command: 'sshd', probe: ['-V'], debian: 'openssh-server', fedora: 'openssh-server' },
]

// Programs for the fault tests: failing system calls, power cuts on a loop mount, another clock, fewer rights.
const FOR_ROOT_ON_LINUX = [
  { command: 'strace', probe: ['-V'], debian: 'strace', fedora: 'strace' },
  { command: 'xfs_io', probe: ['-V'], debian: 'xfsprogs', fedora: 'xfsprogs' },
  { command: 'eatmydata', probe: ['true'], debian: 'eatmydata', fedora: 'libeatmydata' },
  { command: 'faketime', probe: ['--version'], debian: 'faketime', fedora: 'libfaketime' },
  { command: 'mkfs.ext4', probe: ['-V'], debian: 'e2fsprogs', fedora: 'e2fsprogs' },
  { command: 'mount.exfat-fuse', probe: ['-V'], debian: 'exfat-fuse', fedora: 'fuse-exfat' },
  { command: 'mkfs.exfat', probe: ['-V'], debian: 'exfatprogs', fedora: 'exfatprogs' },
  { command: 'setpriv', probe: ['--version'], debian: 'util-linux', fedora: 'util-linux' },
]

// Programs that compile the SQLite adapter, needed only where no test may be skipped.
const FOR_COMPLETE = [
  { command: 'g++', probe: ['--version'], debian: 'g++', fedora: 'gcc-c++' },
  { command: 'make', probe: ['--version'], debian: 'make', fedora: 'make' },
  { command: 'python3', probe: ['--version'], debian: 'python3', fedora: 'python3' },
]

// On Debian the programs of the Postgres server are not in the PATH, but in a directory by version.
const POSTGRES = [13, 14, 15, 16, 17, 18].map((version) => `/usr/lib/postgresql/${version}/bin`)
const PATH = [process.env.PATH, ...POSTGRES].join(':')

/** The programs that the tests need on this machine besides Node. */
const needed = [...EVERYWHERE, ...(isRoot && isLinux ? FOR_ROOT_ON_LINUX : []), ...(isComplete ? FOR_COMPLETE : [])]

/** The programs that are missing or too old. */
export function missing() {
  return needed.map(examine).filter(({ problem }) => problem !== undefined)
}

/** The Debian packages of the missing programs. */
export const debianPackages = (absent) => [...new Set(absent.map(({ debian }) => debian))]

/** A line that names the missing program, the consequence, and how to install it. */
export function explain({ command, problem, required, debian, macos, fedora }) {
  const ways = [
    `Debian: apt-get install ${debian}`,
    macos && `macOS: brew install ${macos}`,
    `Fedora: dnf install ${fedora}`,
  ]
  const effect = required ? 'nothing can be tested without it' : 'the tests that need it are skipped'
  return `${command} ${problem}: ${effect}. ${ways.filter(Boolean).join('; ')}`
}

function examine(tool) {
  const { error, stdout, stderr } = spawnSync(tool.command, tool.probe, {
    encoding: 'utf8',
    env: { ...process.env, PATH },
  })
  if (error) return { ...tool, problem: 'is missing' }
  const version = /\d+\.\d+/.exec(stdout || stderr)?.[0]
  const isOld = tool.minimum !== undefined && version !== undefined && Number.parseFloat(version) < tool.minimum
  return isOld ? { ...tool, problem: `${version} is older than ${tool.minimum}` } : tool
}
