import { parseTarget, type Target } from '../../src/target.ts'

export function targetOf(uri: string): Target {
  const target = parseTarget(uri)
  if (typeof target === 'string') throw new Error(target)
  return target
}
