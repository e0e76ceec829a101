import type { SessionHost } from '@sessionkeep/core'
import { capture } from './capture.ts'
import { hostSettings } from './check-options.ts'
import { tmuxClient } from './client.ts'
import { create } from './create.ts'
import { sessionGone } from './errors.ts'
import { type HostContext, hostContext } from './host-context.ts'
import { kill } from './kill.ts'
import { list } from './list.ts'
import type { TmuxHostOptions } from './options.ts'
import { resize } from './resize.ts'
import { sendKeys } from './send-keys.ts'
import { sendText } from './send-text.ts'
import { isPlainName } from './session-name.ts'
import { targetOf } from './target.ts'
import { tmuxCommand } from './tmux-command.ts'

export interface TmuxHost extends SessionHost {
  /**
   * Runs any tmux command on this server and resolves with what it printed. The arguments are tmux's own: a `;` at the end of one
   * ends the command, targets match by prefix, and a command that makes a session starts a server where none answers.
   * Rejects with `HOST_REFUSED` and tmux's words, `SESSION_GONE` if it cannot find the target, `SESSION_EXISTS`, or `HOST_UNAVAILABLE`.
   */
  tmux(args: readonly string[], options?: { input?: string | Uint8Array | undefined }): Promise<string>
  /**
   * As in `SessionHost`. With a prefix function it uses what that returned last; until then, if it returns a promise, it throws
   * `HOST_UNAVAILABLE`.
   */
  attachCommand: NonNullable<SessionHost['attachCommand']>
}

/**
 * The sessions of a tmux server, 3.2 or later. Starts nothing until `create()`, and then tmux starts its server by itself.
 * Throws `ConfigError` `CONFIG_INVALID` for options that cannot be. Arguments of a wrong type reject with a `TypeError`.
 *
 * `create()` past its deadline may have made the session: trying again then rejects with `SESSION_EXISTS`.
 */
export function tmuxHost(options: TmuxHostOptions = {}): TmuxHost {
  const settings = hostSettings(options)
  const context = hostContext(tmuxClient(settings), settings.submitDelayMs)
  const host: TmuxHost = {
    name: 'tmux',
    list: () => list(context),
    create: (sessionName, createOptions) => create(context, sessionName, createOptions),
    kill: (ref) => kill(context, ref),
    sendText: (ref, text, sendOptions) => sendText(context, ref, text, sendOptions),
    // Async, so that an invalid name rejects like everything else.
    capture: async (ref, captureOptions) => capture(context, ref, captureOptions),
    sendKeys: async (ref, keys) => sendKeys(context, ref, keys),
    resize: async (ref, size) => resize(context, ref, size),
    tmux: (args, { input } = {}) => tmuxCommand(context, args, input),
    attachCommand(ref) {
      const target = isPlainName(ref.sessionName) ? targetOf({ sessionName: ref.sessionName }) : targetOf(ref)
      if (!target) throw sessionGone(ref.sessionName)
      return context.client.commandLine(['attach-session', '-t', target.session])
    },
  }
  contexts.set(host, context)
  return host
}

const contexts = new WeakMap<TmuxHost, HostContext>()

/** What a host works with; undefined for what `tmuxHost()` did not make. */
export function contextOfHost(host: TmuxHost): HostContext | undefined {
  return contexts.get(host)
}
