import type { RootCommand } from '@bomb.sh/tab'
import type { AnyCommand } from './command.ts'

/** The shells for which there is a script. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const

const STORES = [
  'auto',
  'file',
  'lowdb',
  'keyv',
  'tmux',
  'file:',
  'lowdb:',
  'config:',
  'env:',
  'redis://',
  'postgres://',
]

/**
 * The script for bash. The script of the library is not used: it needs the package bash-completion, and it evaluates
 * the typed words, so that pressing Tab would run a command that is written in them.
 */
const BASH = `# bash completion for sessionkeep
_sessionkeep() {
  local IFS=$'\\n'
  COMPREPLY=($(sessionkeep complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null | sed '$d' | cut -f1))
  [[ \${COMPREPLY[0]} == *[:/] ]] && compopt -o nospace
}
complete -o default -F _sessionkeep sessionkeep`

/** The script that a shell runs once. From then on, the shell asks this program which words can come next. */
export async function completionScript(shell: string): Promise<string> {
  if (shell === 'bash') return BASH
  const { RootCommand } = await import('@bomb.sh/tab')
  const script = printed(() => new RootCommand().setup('sessionkeep', 'sessionkeep', shell))
  // The library loses a backslash, so that zsh takes `redis://` for `redis` with a description.
  return script.replace(String.raw`//:/\:}`, String.raw`//:/\\:}`)
}

/** The words that can come next, in the form that the script of the shell expects. */
export async function completionsFor(words: readonly string[], commands: readonly AnyCommand[]): Promise<string> {
  const { RootCommand } = await import('@bomb.sh/tab')
  const root = new RootCommand()
  for (const command of commands) describe(root, command)
  return printed(() => root.parse([...words]))
}

function describe(root: RootCommand, { name, summary, arguments: args = [], flags = [] }: AnyCommand): void {
  const made = root.command(name, summary)
  const offer = (values: readonly string[]) => (complete: (value: string, description: string) => void) => {
    for (const value of values) complete(value, '')
  }
  for (const { name, choices = [] } of args) made.argument(name, offer(choices))
  made.option('json', 'prints the answer as JSON')
  made.option('help', 'shows the help')
  for (const { flags: written, description, choices } of flags) {
    const [, long = '', value] = /^--([\w-]+)(?: <(.+)>)?$/.exec(written) ?? []
    if (value === undefined) made.option(long, description)
    else made.option(long, description, offer(value === 'store' ? STORES : (choices ?? [])))
  }
}

/**
 * Returns what a synchronous task prints with `console.log`, which is the only way in which that library returns words.
 */
function printed(task: () => void): string {
  const lines: string[] = []
  const { log } = console
  console.log = (line: unknown) => void lines.push(String(line))
  try {
    task()
  } finally {
    console.log = log
  }
  return lines.join('\n')
}
