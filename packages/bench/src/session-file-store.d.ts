// The package has no types; the only call is typed where it is used.
declare module 'session-file-store'
