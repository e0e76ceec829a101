import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A session as tmux lists it. */
interface TmuxSession {
  readonly name: string
  /** Differs from that of every other session, also of a later one with the same name. */
  readonly id: string
  /** When it was created, ms since the epoch. */
  readonly createdAt: number
}

/** The wrapper around tmux that this gateway always had. Neither pool changes it. */
export interface Tmux {
  sessions(): Promise<TmuxSession[]>
  start(name: string, command: string): Promise<void>
  kill(name: string): Promise<void>
  type(name: string, text: string): Promise<void>
  screen(name: string): Promise<string>
}

const FORMAT = '#{session_name} #{pid}.#{session_id}.#{session_created} #{session_created}'

/** Makes the wrapper of one tmux server. */
export function tmuxAt(socketPath: string): Tmux {
  const tmux = async (...args: readonly string[]) =>
    (await run('tmux', ['-f', '/dev/null', '-S', socketPath, ...args], { timeout: 5000 })).stdout
  return {
    async sessions() {
      try {
        // A server that is ending lists nothing.
        return (await tmux('list-sessions', '-F', FORMAT)).split('\n').filter(Boolean).map(sessionIn)
      } catch (error) {
        // Only these prove that there are no sessions. Everything else is a tmux that does not answer.
        if (/no server running|No such file|server exited|lost server/.test(String(error))) return []
        throw error
      }
    },
    start: async (name, command) => void (await tmux('new-session', '-d', '-s', name, command)),
    kill: async (name) => void (await tmux('kill-session', '-t', `=${name}`)),
    type: async (name, text) => void (await tmux('send-keys', '-t', `=${name}:`, '-l', '--', text)),
    screen: (name) => tmux('capture-pane', '-p', '-t', `=${name}:`),
  }
}

function sessionIn(row: string): TmuxSession {
  const [name = '', id = '', created] = row.split(' ')
  return { name, id, createdAt: Number(created) * 1000 }
}
