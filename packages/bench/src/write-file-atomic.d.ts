// It brings no types; the one call that is made is typed where it is made.
declare module 'write-file-atomic'
