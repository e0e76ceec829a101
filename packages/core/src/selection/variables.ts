/** Where a variable of the environment goes: an option of a store, under the name by which the store is chosen. */
interface OptionVariable {
  readonly variable: string
  readonly store: string
  readonly option: string
  /** With one of these given in the program, which the environment cannot replace, the variable is left out. */
  readonly notWith?: readonly string[]
}

export const STORE_VARIABLE = 'SESSIONKEEP_STORE'
export const MIRROR_VARIABLE = 'SESSIONKEEP_MIRROR'

/** What of a store's options can be set in the environment, and is then stronger than the configuration. */
export const OPTION_VARIABLES: readonly OptionVariable[] = [
  { variable: 'SESSIONKEEP_DIRECTORY', store: 'file', option: 'directory' },
  { variable: 'SESSIONKEEP_FILE', store: 'lowdb', option: 'file' },
  { variable: 'SESSIONKEEP_KEYV_URI', store: 'keyv', option: 'uri', notWith: ['keyv', 'adapter'] },
  { variable: 'SESSIONKEEP_KEYV_NAMESPACE', store: 'keyv', option: 'namespace' },
  { variable: 'SESSIONKEEP_KEYV_TABLE', store: 'keyv', option: 'table' },
]

/** Every variable that a pool reads. */
export const VARIABLES: readonly string[] = [
  STORE_VARIABLE,
  MIRROR_VARIABLE,
  ...OPTION_VARIABLES.map(({ variable }) => variable),
]
