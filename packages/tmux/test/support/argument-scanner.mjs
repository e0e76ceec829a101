// Reads the arguments and the environments of all processes again and again, and looks for a text that it gets as its first line
// of input. The environments of processes in a pane are left out, since they have the text rightly. At the end of its input it
// prints how often it looked, and where it found the text.
import { readdirSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

const found = new Set()
let looks = 0
let text
const look = () => {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
      if (words.includes(text)) found.add(words)
      const variables = readFileSync(`/proc/${pid}/environ`, 'utf8')
      if (variables.includes(text) && !/(^|\0)TMUX_PANE=/.test(variables)) found.add(`the environment of ${words}`)
    } catch {
      // The process has ended meanwhile, or its environment is not ours to read.
    }
  }
  looks += 1
}
const lines = createInterface({ input: process.stdin })
lines.once('line', (line) => {
  text = line
  look()
  process.stdout.write('scanning\n')
  const timer = setInterval(look, 1)
  lines.once('close', () => {
    clearInterval(timer)
    look()
    process.stdout.write(JSON.stringify({ looks, found: [...found] }))
  })
})
