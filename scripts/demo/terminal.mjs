const COLUMNS = [
  ['workspace', ({ workspace }) => workspace],
  ['status', ({ status }) => status],
  ['createdAt', ({ createdAt }) => clock(createdAt)],
  ['requests', ({ totalRequests }) => String(totalRequests)],
  ['last activity', ({ lastActivityAt }) => clock(lastActivityAt)],
  ['origin', ({ origin }) => origin],
]

/** Prints the demo and counts its checks. Without a terminal it prints plain text. */
export function createTerminal(stream) {
  const colours = stream.isTTY && !process.env.NO_COLOR
  const painted = (code) => (text) => (colours ? `\u001b[${code}m${text}\u001b[0m` : text)
  const [bold, dim, red, green] = [1, 2, 31, 32].map(painted)
  const write = (text) => stream.write(text)
  let held = 0
  let broken = 0

  const claim = (text, isTrue, instead = '') => {
    if (isTrue) held += 1
    else broken += 1
    write(isTrue ? `  ${green('✓')} ${text}\n` : `  ${red('✗')} ${text}${instead && `: ${instead}`}\n`)
  }

  return {
    write,
    claim,
    heading: (text) => write(`\n${bold(text)}\n`),
    remark: (text) => write(dim(`  ${text}\n`)),
    failure: (error) => claim(error.message, false),
    table(sessions) {
      const rows = [...sessions].sort((a, b) => a.createdAt - b.createdAt)
      const cells = [COLUMNS.map(([title]) => title), ...rows.map((row) => COLUMNS.map(([, value]) => value(row)))]
      const widths = COLUMNS.map((_, column) => Math.max(...cells.map((row) => row[column].length)))
      for (const [index, row] of cells.entries()) {
        const line = row
          .map((cell, column) => cell.padEnd(widths[column]))
          .join('  ')
          .trimEnd()
        write(`    ${index === 0 ? dim(line) : line}\n`)
      }
    },
    summary(seconds) {
      const sum = `${held} claims held, ${broken} did not`
      write(`\n${broken === 0 ? green(sum) : red(sum)}, in ${seconds.toFixed(1)} s\n`)
    },
    allHeld: () => broken === 0 && held > 0,
  }
}

function clock(time) {
  const date = new Date(time)
  const two = (number) => String(number).padStart(2, '0')
  const of = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')
  return `${of}.${String(date.getMilliseconds()).padStart(3, '0')}`
}
