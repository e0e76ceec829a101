import type { SessionHost } from '@sessionkeep/contracts/host'
import { boot, hasDirectory } from './boot.ts'
import { bury } from './bury.ts'
import { capture } from './capture.ts'
import { hostSettings } from './check-options.ts'
import { tmuxClient } from './client.ts'
import { create } from './create.ts'
import { elsewhere } from './elsewhere.ts'
import { endedWithServer } from './ended-with-server.ts'
import { sessionGone } from './errors.ts'
import { type HostContext, hostContext } from './host-context.ts'
import { kill } from './kill.ts'
import { list } from './list.ts'
import type { TmuxHostOptions } from './options.ts'
import { output } from './output.ts'
import { placeOf } from './place.ts'
import { resize } from './resize.ts'
import { respawn } from './respawn.ts'
import { sendKeys } from './send-keys.ts'
import { sendText } from './send-text.ts'
import { isPlainName } from './session-name.ts'
import { stampTakenIn } from './stamp-taken-in.ts'
import { survivors } from './survivors.ts'
import { targetOf } from './target.ts'
import { tmuxCommand } from './tmux-command.ts'
import { watch } from './watch.ts'

/** A {@link SessionHost} on tmux. It always has `attachCommand`, and the further verb `tmux`. */
export interface TmuxHost extends SessionHost {
  /**
   * Runs any tmux command on this server and resolves with its output. The arguments follow the rules of tmux: a `;`
   * at the end of an argument ends the command, targets match by prefix, and a command that makes a session starts a
   * server if none runs.
   *
   * @throws `HostError` with `HOST_REFUSED` and the message of tmux, `SESSION_GONE` when the target is not found,
   * `SESSION_EXISTS`, or `HOST_UNAVAILABLE`
   *
   * @example
   * const width = await host.tmux(['display-message', '-p', '-t', '=docs:', '#{window_width}'])
   */
  tmux(args: readonly string[], options?: { input?: string | Uint8Array | undefined }): Promise<string>
  /**
   * Returns the command line that attaches a terminal, as in `SessionHost`. A prefix function that returns a promise
   * must have been called before; the latest prefix is used.
   *
   * @throws `HOST_UNAVAILABLE` while the prefix is not known yet
   */
  attachCommand: NonNullable<SessionHost['attachCommand']>
}

/**
 * Runs sessions on a tmux server, version 3.2 or later. Starts nothing before `create()`, and then tmux starts its
 * server itself. Verbs reject with a `TypeError` for arguments of a wrong type, and with `CONFIG_INVALID` for an option that they
 * do not have.
 *
 * A `create()` that missed its deadline may have created the session; another try then rejects with `SESSION_EXISTS`.
 *
 * @throws `ConfigError` with `CONFIG_INVALID` for wrong options
 *
 * @example
 * const pool = createSessionPool({ host: tmuxHost({ socketName: 'gateway' }) })
 */
export function tmuxHost(options: TmuxHostOptions = {}): TmuxHost {
  const settings = hostSettings(options)
  const context = hostContext(tmuxClient(settings), settings.submitDelayMs, settings.stampKey, settings.tmuxOptions)
  const host: TmuxHost = {
    name: 'tmux',
    get place() {
      return placeOf(options)
    },
    list: () => list(context),
    create: (sessionName, createOptions) => create(context, sessionName, createOptions),
    kill: (ref) => kill(context, ref),
    stamp: (ref, stamp) => stampTakenIn(context, ref, stamp),
    bury: (ref) => bury(context, ref),
    respawn: (ref, respawnOptions) => respawn(context, ref, respawnOptions),
    boot: () => boot(context),
    endedWithServer: (incarnations) => endedWithServer(context, incarnations),
    survivors: (sessions) => survivors(context, sessions),
    hasDirectory: (path) => hasDirectory(context, path),
    elsewhere: (incarnations) => elsewhere(context, incarnations),
    hasEnded: ({ incarnation }) => incarnation !== undefined && context.panes.process(incarnation)?.hasEnded() === true,
    sendText: (ref, text, sendOptions) => sendText(context, ref, text, sendOptions),
    sendKeys: (ref, keys, sendOptions) => sendKeys(context, ref, keys, sendOptions),
    // A client that waits elsewhere would never end, so sessions there are only listed from time to time.
    ...(!context.client.isRemote && { watch: (onChange) => watch(context, onChange) }),
    // These are async, so that an invalid name rejects instead of throwing.
    capture: async (ref, captureOptions) => capture(context, ref, captureOptions),
    output: (ref, outputOptions) => output(context, ref, outputOptions),
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

/** The context of a host; undefined for a host that `tmuxHost()` did not make. */
export function contextOfHost(host: TmuxHost): HostContext | undefined {
  return contexts.get(host)
}
