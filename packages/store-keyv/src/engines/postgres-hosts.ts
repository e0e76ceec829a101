/** The roles of servers among which a URI may choose, with the names that libpq gives them. */
const ROLES = ['any', 'read-write', 'read-only', 'primary', 'standby', 'prefer-standby'] as const
const PARAMETER = /([?&])target_session_attrs=([^&]*)(&|$)/

/** Whether a server has to accept writes (`true`), to refuse them (`false`), or may do either (`undefined`). */
export type WantedRole = boolean | undefined

/** Whether `target_session_attrs` of a URI is absent or has a value that exists. */
export function hasKnownRole(uri: string): boolean {
  const [, , role] = PARAMETER.exec(uri) ?? []
  return role === undefined || ROLES.some((known) => known === role)
}

/** The URIs of the hosts, one each, for a client that knows one host. */
export function hostUris({ uri }: { readonly uri: string }): string[] {
  const plain = uri.replace(PARAMETER, (_, before, __, after) => (after === '&' ? before : ''))
  const [, start = '', hosts = '', tail = ''] = /^([a-z]+:\/\/(?:[^/?#]*@)?)([^/?#@]*)(.*)$/s.exec(plain) ?? []
  return hosts.split(',').map((host) => start + host + tail)
}

/**
 * The roles to look for among the hosts, the preferred one first. A writer needs a server that accepts writes, whatever
 * the URI says. For a reader `target_session_attrs` decides; by default it uses any server.
 */
export function wantedRoles({ uri }: { readonly uri: string }, readOnly: boolean): readonly WantedRole[] {
  const [, , role] = PARAMETER.exec(uri) ?? []
  if (!readOnly || role === 'read-write' || role === 'primary') return [true]
  if (role === 'read-only' || role === 'standby') return [false]
  return role === 'prefer-standby' ? [false, undefined] : [undefined]
}
