/** Translates workspaces to session names and back. */
export interface SessionNameCodec {
  /** Returns the session name of a workspace. Different workspaces need different names. Throws, or returns undefined, for an invalid workspace. */
  encode(workspace: string): string | undefined
  /** Returns the workspace of a session name, or undefined for a session that is not of this pool. */
  decode(sessionName: string): string | undefined
}

/** The longest workspace, in characters. It is a part of the record, of the stamp, and of log lines. */
const MAX_WORKSPACE = 4096

/** Wraps a codec so that an error, or a result that is no name, counts as "not of this pool". No record has an empty or endless workspace. */
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
    encode: (workspace) =>
      workspace === '' || workspace.length > MAX_WORKSPACE ? undefined : attempt(() => codec.encode(workspace)),
    decode: (sessionName) => attempt(() => codec.decode(sessionName)),
  }
}

const WORKSPACE = /^[A-Za-z0-9_-]{1,64}$/

/** The default codec: the prefix followed by the workspace, for workspaces of 1 to 64 characters from `[A-Za-z0-9_-]`. */
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
