/** How workspaces and session names translate into each other. */
export interface SessionNameCodec {
  /** The session name of a workspace; one-to-one. Throws, or gives undefined, for what cannot be a workspace. */
  encode(workspace: string): string | undefined
  /** The workspace of a session name; undefined: not one of ours. */
  decode(sessionName: string): string | undefined
}

/** `codec`, but what it throws or makes up does not spread: that name is simply not ours. */
export function safeCodec(codec: SessionNameCodec): SessionNameCodec {
  const attempt = (translate: () => string | undefined): string | undefined => {
    try {
      const name: unknown = translate()
      return typeof name === 'string' && name !== '' ? name : undefined
    } catch {
      return undefined
    }
  }
  return {
    encode: (workspace) => attempt(() => codec.encode(workspace)),
    decode: (sessionName) => attempt(() => codec.decode(sessionName)),
  }
}

const WORKSPACE = /^[A-Za-z0-9_-]{1,64}$/

/** The default: prefix + workspace, for workspaces of 1 to 64 characters from `[A-Za-z0-9_-]`. */
export function prefixCodec(prefix: string): SessionNameCodec {
  return {
    encode: (workspace) => (WORKSPACE.test(workspace) ? prefix + workspace : undefined),
    decode(sessionName) {
      if (!sessionName.startsWith(prefix)) return undefined
      const workspace = sessionName.slice(prefix.length)
      return WORKSPACE.test(workspace) ? workspace : undefined
    },
  }
}
