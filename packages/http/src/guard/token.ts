import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Context } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'

const THIRTY_DAYS_S = 30 * 24 * 3600

/** Makes a token of 256 random bits. */
export function newToken(): string {
  return randomBytes(32).toString('base64url')
}

/** Compares two texts in a time that depends on neither. */
function isSame(given: string, wanted: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(wanted))
}

/**
 * Checks the token of requests: in the header `Authorization: Bearer …`, or, of a browser that has logged in, in a cookie. The
 * cookie has a value derived from the token, and not the token; it is valid for as long as the token is.
 */
export function createTokenCheck(token: string) {
  const cookieValue = createHmac('sha256', token).update('sessionkeep cookie').digest('base64url')
  // Browsers share cookies between all ports of a host, so each gateway needs a cookie name of its own.
  const cookieName = `sessionkeep-${createHash('sha256').update(`name ${token}`).digest('hex').slice(0, 12)}`

  return {
    /** Whether a text is the token. */
    isToken: (given: string): boolean => isSame(given, token),
    /** Whether a request has the token, or the cookie. */
    isAuthorized(context: Context): boolean {
      const [, bearer] = /^Bearer +(\S+) *$/i.exec(context.req.header('authorization') ?? '') ?? []
      if (bearer !== undefined) return isSame(bearer, token)
      return isSame(getCookie(context, cookieName) ?? '', cookieValue)
    },
    /** Logs a browser in. */
    giveCookie(context: Context): void {
      const secure = new URL(context.req.url).protocol === 'https:'
      setCookie(context, cookieName, cookieValue, {
        ...{ httpOnly: true, sameSite: 'Strict', path: '/', maxAge: THIRTY_DAYS_S },
        secure,
      })
    },
  }
}

export type TokenCheck = ReturnType<typeof createTokenCheck>
