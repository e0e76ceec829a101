// Reads the arguments of all processes again and again, and looks for a text that it gets as its first line of input.
// At the end of its input it prints how often it looked, and in which arguments it found the text.
import { readdirSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

const found = new Set()
let looks = 0
let text
const look = () => {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
      if (words.includes(text)) found.add(words.replaceAll('\0', ' '))
    } catch {
      // The process has ended meanwhile.
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
    process.stdout.write(JSON.stringify({ looks, found: [...found] }))
  })
})
