import { isWellFormed } from './text.ts'

/** Translates workspaces to session names and back. */
export interface SessionNameCodec {
  /** Returns the session name of a workspace. Different workspaces need different names. Throws, or returns undefined, for an invalid workspace. */
  encode(workspace: string): string | undefined
  /** Returns the workspace of a session name, or undefined for a session that is not of this pool. */
  decode(sessionName: string): string | undefined
}

/** The longest workspace, in characters. It is a part of the record, of the stamp, and of log lines. */
const MAX_WORKSPACE = 4096

/** Wraps a codec so that an error, or a result that is no name, counts as "not of this pool". A workspace that is empty or longer than `MAX_WORKSPACE` has no session name. */
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

/** The longest session name that `encodedCodec` makes, in characters: the tmux host refuses longer ones. */
const MAX_NAME = 200
const PLAIN = /^[A-Za-z0-9-]$/
const ENCODED = /_u([0-9a-f]+)_|_([0-9a-f]{2})|([A-Za-z0-9-])/gy

/** The codec that the option `sessionName` means. */
export function codecOf(option: 'plain' | 'encoded' | SessionNameCodec, prefix: string): SessionNameCodec {
  if (typeof option === 'object') return option
  return option === 'encoded' ? encodedCodec(prefix) : prefixCodec(prefix)
}

/**
 * A codec for workspaces of any text, such as `/home/me/x` or `@user:host`. Letters, digits and `-` stay, so that names can be
 * read; any other character is written as its code. Names are one-to-one, have only characters that tmux takes as they are, and at
 * most 200 of them: a workspace that would need more is not encoded.
 */
export function encodedCodec(prefix: string): SessionNameCodec {
  const encode = (workspace: string): string | undefined => {
    if (workspace === '' || !isWellFormed(workspace)) return undefined
    const name = prefix + Array.from(workspace, encodeCharacter).join('')
    return name.length <= MAX_NAME ? name : undefined
  }
  return {
    encode,
    decode(sessionName) {
      if (!sessionName.startsWith(prefix) || sessionName.length > MAX_NAME) return undefined
      const parts = sessionName.slice(prefix.length).matchAll(ENCODED)
      const workspace = Array.from(parts, ([, code, byte, plain]) => plain ?? characterOf(code ?? byte)).join('')
      // Only the name that encode() gives is a name of the pool, so that no two names mean one workspace.
      return encode(workspace) === sessionName ? workspace : undefined
    },
  }
}

function encodeCharacter(character: string): string {
  if (PLAIN.test(character)) return character
  const code = (character.codePointAt(0) ?? 0).toString(16)
  return character < '\u0080' ? `_${code.padStart(2, '0')}` : `_u${code}_`
}

function characterOf(code = ''): string {
  const point = Number.parseInt(code, 16)
  return point <= 0x10_ff_ff ? String.fromCodePoint(point) : ''
}
