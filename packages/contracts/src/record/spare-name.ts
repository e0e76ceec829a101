const PREFIX = 'sessionkeep-swap~'

/** The name of a spare record: a copy of a session's record, stored while another session takes the name of the session. */
export const spareName = (life: string, revision: number): string => `${PREFIX}${life}-${revision}`

/** Whether a name is that of a spare record. */
export const isSpareName = (name: string): boolean => name.startsWith(PREFIX)
