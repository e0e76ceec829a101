import { HostError } from '@sessionkeep/core'
import type { HostSession, SessionHost } from '@sessionkeep/core/host'
import type { Tmux } from './tmux.ts'

/**
 * Makes a host of the gateway's own wrapper. `tmuxHost()` of `@sessionkeep/tmux` does more: it stamps sessions, reads exit codes
 * and finds sessions on other servers.
 */
export function hostOf(tmux: Tmux): SessionHost {
  const list = async (): Promise<HostSession[]> => {
    try {
      return (await tmux.sessions()).map(({ name, id, createdAt }) => ({
        ...{ sessionName: name, incarnation: id, createdAt, createdAtSource: 'host' as const },
      }))
    } catch (cause) {
      // Not an empty list: the pool would take every session for ended.
      throw new HostError('HOST_UNAVAILABLE', 'tmux does not answer.', { cause })
    }
  }
  return {
    name: 'own-tmux',
    list,
    async create(sessionName, { command = 'sh', cwd, env = {} }) {
      // The wrapper cannot do it. A session that starts without what it was given would be a silent surprise.
      if (cwd !== undefined || Object.keys(env).length > 0)
        throw new HostError('HOST_REFUSED', 'The wrapper of this gateway takes a command, and neither cwd nor env.')
      await tmux.start(sessionName, typeof command === 'string' ? command : command.map(shellWord).join(' '))
      const made = (await list()).find((session) => session.sessionName === sessionName)
      if (made) return made
      throw new HostError('SESSION_GONE', `The session ${sessionName} ended at once.`)
    },
    async kill({ sessionName, incarnation }) {
      const living = (await list()).find((session) => session.sessionName === sessionName)
      if (living && (incarnation === undefined || living.incarnation === incarnation)) await tmux.kill(sessionName)
    },
    async sendText({ sessionName }, text, { submit = false } = {}) {
      await tmux.type(sessionName, submit ? `${text}\r` : text)
      return { submitted: submit, foundUnsubmitted: false }
    },
    capture: ({ sessionName }) => tmux.screen(sessionName),
  }
}

/** A word as a shell reads it; tmux gives the command of a session to a shell. */
const shellWord = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`
