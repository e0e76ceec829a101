import type { HonoRequest } from 'hono'
import { httpError } from '../errors.ts'

interface Allowed {
  readonly hosts: readonly string[]
  readonly origins: readonly string[]
}

/**
 * Refuses requests that a browser sends for somebody else: under a name that an attacker has made point to this machine (DNS
 * rebinding), or from a page of another origin. Pages on other ports of the same machine are other origins too.
 * @throws `FORBIDDEN_HOST`, `FORBIDDEN_ORIGIN`
 */
export function checkHostAndOrigin(request: HonoRequest, { hosts, origins }: Allowed): void {
  const host = (request.header('host') ?? new URL(request.url).host).toLowerCase()
  const name = host.replace(/:\d+$/, '')
  const isAllowed = hosts.some((allowed) => [host, name].includes(allowed.toLowerCase()))
  if (!isAllowed)
    throw httpError('FORBIDDEN_HOST', `${JSON.stringify(host)} is not a host of this app; its option hosts lists them.`)

  const origin = request.header('origin')
  if (origin !== undefined) {
    if (originHost(origin) === host || origins.includes(origin)) return
    throw httpError('FORBIDDEN_ORIGIN', `Pages of ${JSON.stringify(origin)} may not call this app.`)
  }
  const site = request.header('sec-fetch-site')
  if (site === undefined || site === 'same-origin' || site === 'none') return
  // A link on another page may open the dashboard. No page can read what a link opened.
  if (request.method === 'GET' && request.header('sec-fetch-mode') === 'navigate') return
  throw httpError('FORBIDDEN_ORIGIN', 'Pages of other origins may not call this app.')
}

function originHost(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined
}
