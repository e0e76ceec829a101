import { hasKnownRole } from './engines/postgres-hosts.ts'

type Scheme = 'redis' | 'postgres' | 'sqlite' | 'etcd'

/** A host of a URI. */
export interface HostAndPort {
  readonly host: string
  readonly port: number | undefined
}

/** The parts of a URI. */
export interface Target {
  readonly engine: Scheme
  /** The scheme as it was written, in lower case. */
  readonly scheme: string
  readonly hosts: readonly HostAndPort[]
  /** What follows the hosts, without its first slash and without parameters. */
  readonly path: string
  /** The URI for the client. It must never be in a message. */
  readonly uri: string
  /** The URI without user, password and parameters, for messages. */
  readonly server: string
  readonly user: string | undefined
  readonly password: string | undefined
  /** The texts that must never be in a message. */
  readonly secrets: readonly string[]
}

const REDIS = ['redis', 'rediss', 'valkey', 'valkeys']
const ENGINES: Readonly<Record<string, Scheme>> = {
  ...Object.fromEntries(
    REDIS.flatMap((name) => ['', '+sentinel', '+cluster'].map((kind) => [name + kind, 'redis'] as const)),
  ),
  postgres: 'postgres',
  postgresql: 'postgres',
  sqlite: 'sqlite',
  etcd: 'etcd',
  etcds: 'etcd',
}
const FORMS: Readonly<Record<Scheme, string>> = {
  redis:
    'redis://host[:port][/database], redis+sentinel://host[:port],host[:port]/master-name or redis+cluster://host[:port],host[:port]',
  postgres:
    'postgres://host[:port][,host[:port]]/database, where target_session_attrs may be any, read-write, read-only, primary, standby or prefer-standby',
  sqlite: 'sqlite://path/to/file.db or sqlite://:memory:',
  etcd: 'etcd://host:port[,host:port], or etcds:// for TLS',
}

/**
 * Parses a URI. Returns the target, or a text that says what is wrong and shows nothing of the URI but the scheme.
 */
export function parseTarget(uri: string): Target | string {
  const [, scheme = '', rest = ''] = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/is.exec(uri) ?? []
  if (scheme === '') return 'expected a URI such as redis://host:6379'
  const known = scheme.toLowerCase()
  const engine = Object.hasOwn(ENGINES, known) ? ENGINES[known] : undefined
  const schemes = Object.keys(ENGINES).map((name) => `${name}://`)
  if (!engine) return `no adapter is known for ${scheme.slice(0, 20)}://; known are ${schemes.join(', ')}`
  // The client would silently ignore parameters, even one with a password.
  if (engine === 'redis' && rest.includes('?')) {
    return 'has parameters after a question mark, which are not supported; put a login before the host, as user:password and an at sign, percent-encoded'
  }
  const target = engine === 'sqlite' ? ofFile(rest) : ofServers(engine, known, rest)
  return (
    target ??
    `is malformed; expected ${FORMS[engine]} (put a login before the host, as user:password and an at sign, percent-encoded)`
  )
}

function ofFile(path: string): Target | undefined {
  if (path === '' || path.includes('\0')) return undefined
  const uri = `sqlite://${path}`
  return {
    engine: 'sqlite',
    scheme: 'sqlite',
    hosts: [],
    path,
    uri,
    server: uri,
    user: undefined,
    password: undefined,
    secrets: [],
  }
}

function ofServers(engine: Scheme, scheme: string, rest: string): Target | undefined {
  const [, login, hosts, tail] = /^(?:([^/?#]*)@)?([^/?#@]*)([/?#].*)?$/s.exec(rest) ?? []
  if (hosts === undefined || !isPlace(engine, scheme, hosts, tail ?? '')) return undefined
  try {
    const url = new URL(
      `http://${login === undefined ? '' : `${login}@`}${hosts.includes(',') || engine === 'etcd' ? 'hosts' : hosts || 'socket'}${tail ?? ''}`,
    )
    const [user, password] = [url.username, url.password].map(decodeURIComponent)
    const hidden = [...url.searchParams].filter(([key]) => /pass|secret|token|key|user|auth/i.test(key))
    const own = [url.username, url.password, user, password, ...hidden.map(([, value]) => value)]
    return {
      engine,
      scheme,
      hosts: hosts.split(',').filter(Boolean).map(hostAndPort),
      path: decodeURIComponent(url.pathname.slice(1)),
      uri: `${scheme.replace('valkey', 'redis')}://${rest}`,
      server: `${scheme}://${hosts}${url.pathname === '/' ? '' : url.pathname}`,
      user: user || undefined,
      password: password || undefined,
      secrets: [...new Set([/[@?]/.test(rest) ? rest : undefined, ...own])].filter((text): text is string =>
        Boolean(text),
      ),
    }
  } catch {
    return undefined
  }
}

function hostAndPort(text: string): HostAndPort {
  const [, bracketed, plain, port] = /^(?:\[(.*)\]|([^:]*))(?::(\d+))?$/.exec(text) ?? []
  return { host: bracketed ?? plain ?? text, port: port === undefined ? undefined : Number(port) }
}

function isPlace(engine: Scheme, scheme: string, hosts: string, tail: string): boolean {
  const each = hosts.split(',')
  const areHosts = each.every((host) => /^(\[[0-9a-f:.]+\]|[^\s:[\]]+)(:\d{1,5})?$/i.test(host))
  if (scheme.endsWith('+sentinel')) return areHosts && /^\/[^/?#]+(\/\d*)?$/.test(tail)
  if (scheme.endsWith('+cluster')) return areHosts && /^\/?$/.test(tail)
  if (engine === 'redis') return each.length === 1 && areHosts && /^(\/\d*)?$/.test(tail)
  if (engine === 'etcd') return areHosts && /^\/?$/.test(tail)
  return hasKnownRole(tail) && (areHosts || (hosts === '' && /[?&]host=/.test(tail)))
}
