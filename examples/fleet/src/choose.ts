import { createHash } from 'node:crypto'

/**
 * The gateway of a workspace: the one with the highest hash of both names. So each workspace has always the same gateway, and
 * another gateway takes over only the workspaces that it wins.
 */
export function gatewayOf(workspace: string, gateways: readonly string[]): string {
  const weight = (id: string) => createHash('sha256').update(`${id}\n${workspace}`).digest('hex')
  return gateways.toSorted((a, b) => (weight(a) < weight(b) ? 1 : -1))[0] ?? ''
}
