import type { HostContext } from '../host-context.ts'
import { isPlainName } from '../session-name.ts'
import { type Target, targetOf } from '../target.ts'
import { ask } from './ask.ts'

/**
 * Finds the sessions of these names. A plain name addresses its session directly. Any other name could be read as a
 * pattern or an id, so its session is looked up first. Names without a session are absent from the result.
 */
export async function targetsOf(
  context: HostContext,
  names: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, Target>> {
  const others = names.filter((name) => !isPlainName(name))
  const rows = others.length === 0 ? [] : await ask(context, { value: '', signal })
  const incarnations = new Map(rows.map(({ sessionName, incarnation }) => [sessionName, incarnation]))
  const targets = new Map<string, Target>()
  for (const name of names) {
    const incarnation = incarnations.get(name)
    const target =
      isPlainName(name) || incarnation !== undefined ? targetOf({ sessionName: name, incarnation }) : undefined
    if (target) targets.set(name, target)
  }
  return targets
}
