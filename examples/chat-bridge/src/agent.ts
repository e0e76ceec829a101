// Stands for a coding agent: it has one conversation, keeps its transcript, and goes on with it when it is told its id.
//   agent --session-id ID    begins a conversation
//   agent --resume ID        goes on with one
import { appendFileSync, existsSync, writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { type Entry, readTranscript, transcriptOf } from './transcript.ts'

const [flag, conversation = ''] = process.argv.slice(2)
const file = transcriptOf(process.env.AGENT_DIRECTORY ?? '.', conversation)
if (existsSync(file) !== (flag === '--resume')) {
  console.error(`There is ${flag === '--resume' ? 'no' : 'already a'} conversation ${conversation}.`)
  process.exit(1)
}
if (flag !== '--resume') writeFileSync(file, '')

const write = (entry: Entry): void => appendFileSync(file, `${JSON.stringify(entry)}\n`)
const prompt = (): void => void process.stdout.write('> ')
createInterface({ input: process.stdin }).on('line', (text) => {
  const said = readTranscript(file).filter(({ role }) => role === 'user')
  write({ role: 'user', text })
  const answer =
    text === 'what did I say first?' ? `You said: ${said[0]?.text ?? 'nothing'}` : `${said.length + 1}: ${text}`
  write({ role: 'agent', text: answer })
  process.stdout.write(`${answer}\n`)
  prompt()
})
prompt()
