import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { freePort } from '../../../../test/support/free-port.ts'
import { eventually } from './private-server.ts'

// sshd insists on being started by its absolute path.
const SSHD = ['/usr/sbin/sshd', '/usr/local/sbin/sshd'].find((path) => existsSync(path))
export const hasSsh = SSHD !== undefined && spawnSync('ssh', ['-V']).status === 0

/** A link to the server that can be slow or cut. */
interface Link {
  readonly port: number
  /** Delays each piece of data, ms. */
  delayMs: number
  /** Cuts all connections, and refuses new ones until it is called with false. */
  cut(isCut: boolean): void
}

export interface SshServer {
  /** The words before a command; `port` is that of a link. */
  prefix(port?: number, ...options: string[]): string[]
  link(): Promise<Link>
  /** Gives the server another host key, as after a new installation or for a wrong machine. */
  changeHostKey(): Promise<void>
}

const keygen = (path: string) => execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', path])

/** Starts a real sshd on loopback whose account prints something before and after each command, as rc files do. */
export async function sshServer(directory: string): Promise<SshServer> {
  const home = join(directory, 'ssh')
  mkdirSync(home, { mode: 0o700 })
  const path = (name: string) => join(home, name)
  const port = await freePort()
  keygen(path('host'))
  keygen(path('user'))
  writeFileSync(path('authorized'), readFileSync(path('user.pub')))
  // bash reads this before each command that sshd runs.
  writeFileSync(
    path('.bashrc'),
    ['echo "Welcome! 7.7"; echo gone; echo 12.34; echo "last login: never" >&2', "trap 'echo bye 1.2' EXIT", ''].join(
      '\n',
    ),
  )
  writeFileSync(
    path('config'),
    [
      `ListenAddress 127.0.0.1:${port}`,
      `HostKey ${path('host')}`,
      `AuthorizedKeysFile ${path('authorized')}`,
      `PidFile ${path('pid')}`,
      `SetEnv HOME=${home}`,
      ...['StrictModes no', 'UsePAM no', 'PasswordAuthentication no', 'PermitRootLogin prohibit-password'],
      'MaxStartups 100',
      'MaxSessions 100',
    ].join('\n'),
  )
  if (userInfo().uid === 0) mkdirSync('/run/sshd', { recursive: true })
  let server: ChildProcess | undefined
  const start = async () => {
    server = spawn(SSHD ?? '', ['-D', '-e', '-f', path('config')], { stdio: 'ignore' })
    await eventually(
      () =>
        new Promise<boolean>((resolve) => {
          const socket = connect(port, '127.0.0.1', () => resolve(socket.destroy() !== undefined))
          socket.once('error', () => resolve(false))
        }),
    )
  }
  const stop = async () => {
    const ending = server
    if (!ending || ending.exitCode !== null) return
    await new Promise((resolve) => ending.once('exit', resolve) && ending.kill())
  }
  onTestFinished(stop)
  await start()
  const trust = () => writeFileSync(path('known'), `* ${readFileSync(path('host.pub'), 'utf8')}`)
  trust()

  return {
    prefix(to = port, ...options) {
      const words = [
        'BatchMode=yes',
        'StrictHostKeyChecking=yes',
        `UserKnownHostsFile=${path('known')}`,
        'IdentitiesOnly=yes',
      ]
      const given = [...words, 'ConnectTimeout=5', ...options].flatMap((option) => ['-o', option])
      return ['ssh', '-F', '/dev/null', '-p', String(to), '-i', path('user'), ...given, '127.0.0.1']
    },
    async link() {
      const sockets = new Set<Socket>()
      let isCut = false
      const relay = createServer((near) => {
        if (isCut) return near.destroy()
        const far = connect(port, '127.0.0.1')
        for (const [from, to] of [
          [near, far],
          [far, near],
        ] as const) {
          sockets.add(from)
          from.on('error', () => undefined)
          from.on('data', (data) => setTimeout(() => to.destroyed || to.write(data), link.delayMs))
          from.on('close', () => setTimeout(() => to.destroy(), link.delayMs) && sockets.delete(from))
        }
        return undefined
      }).listen(0, '127.0.0.1')
      await new Promise((resolve) => relay.once('listening', resolve))
      onTestFinished(() => {
        for (const socket of sockets) socket.destroy()
        relay.close()
      })
      const link: Link = {
        port: (relay.address() as AddressInfo).port,
        delayMs: 0,
        cut(value) {
          isCut = value
          if (value) for (const socket of sockets) socket.destroy()
        },
      }
      return link
    },
    async changeHostKey() {
      await stop()
      keygen(path('other'))
      writeFileSync(path('config'), readFileSync(path('config'), 'utf8').replace(path('host'), path('other')))
      await start()
    },
  }
}
