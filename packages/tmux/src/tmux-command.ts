import type { HostErrorCode } from '@sessionkeep/contracts/host'
import { commandError } from './errors.ts'
import type { HostContext } from './host-context.ts'
import type { Verdict } from './reply.ts'
import { isWords } from './words.ts'

const CODES: Partial<Record<Verdict, HostErrorCode>> = {
  refused: 'HOST_REFUSED',
  duplicate: 'SESSION_EXISTS',
  'no-session': 'SESSION_GONE',
}

/** Runs any tmux command for the caller; see `TmuxHost.tmux`. */
export async function tmuxCommand(
  { client, newDeadline }: HostContext,
  args: readonly string[],
  input: string | Uint8Array | undefined,
): Promise<string> {
  if (!isWords(args) || args.length === 0) throw new TypeError('args must be a list of words for tmux, without NUL')
  const { verdict, stdout, facts } = await client.tmux(args, { deadline: newDeadline(), input })
  if (verdict === 'done') return stdout
  throw commandError(CODES[verdict] ?? 'HOST_UNAVAILABLE', facts)
}
