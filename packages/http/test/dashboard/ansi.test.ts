import { expect, it } from 'vitest'
import { parseScreen } from '../../src/dashboard/ansi.ts'

const ESC = '\u001b'
const textOf = (screen: string) => parseScreen(screen).map((spans) => spans.map(({ text }) => text).join(''))

it('keeps colours and weights, and the text between them', () => {
  expect(parseScreen(`a${ESC}[1;31mb${ESC}[0mc`)[0]).toEqual([
    { text: 'a', classes: [] },
    { text: 'b', classes: ['bold', 'fg-1'] },
    { text: 'c', classes: [] },
  ])
  expect(parseScreen(`${ESC}[38;5;208mx`)[0]).toEqual([{ text: 'x', classes: [], color: 'rgb(255 135 0)' }])
  expect(parseScreen(`${ESC}[48;2;1;2;3mx`)[0]).toEqual([{ text: 'x', classes: [], background: 'rgb(1 2 3)' }])
  expect(parseScreen(`${ESC}[92;103mx`)[0]).toEqual([{ text: 'x', classes: ['fg-10', 'bg-11'] }])
})

it('reads codes whose numbers are separated by colons, and skips the colour of underlines', () => {
  const classesOf = (codes: string) => parseScreen(`${ESC}[${codes}mx`)[0]?.map(({ classes }) => classes)
  expect(['4:3', '4:0', '4:2;1', '58;5;1', '58;2;1;3;4', '58:2::1:3:4;3'].map(classesOf)).toEqual([
    ...[[['underline']], [[]], [['bold', 'underline']], [[]], [[]], [['italic']]],
  ])
  expect(parseScreen(`${ESC}[38:2::1:2:3;48:5:208mx`)[0]).toEqual([
    { text: 'x', classes: [], color: 'rgb(1 2 3)', background: 'rgb(255 135 0)' },
  ])
})

it('carries a style over lines until it is reset', () => {
  expect(parseScreen(`${ESC}[32ma\nb${ESC}[39mc`)[1]).toEqual([
    { text: 'b', classes: ['fg-2'] },
    { text: 'c', classes: [] },
  ])
})

it('drops every other sequence and control character', () => {
  expect(textOf(`${ESC}]0;title\u0007a${ESC}[2J${ESC}[10;20Hb${ESC}Pq${ESC}\\c\u0000\u0008d${ESC}`)).toEqual(['abcd'])
  expect(textOf(`${ESC}]8;;javascript:alert(1)${ESC}\\click${ESC}]8;;${ESC}\\`)).toEqual(['click'])
  expect(textOf(`\tx\u009b31my`)).toEqual(['\tx31my'])
})

it('keeps HTML as text, and leaves out colours that are not numbers', () => {
  expect(textOf('<script>alert(1)</script>')).toEqual(['<script>alert(1)</script>'])
  const [spans] = parseScreen(`${ESC}[38;2;999;-1;url(x)mx${ESC}[38mz`)
  expect(spans?.at(-1)?.text).toBe('z')
  expect(JSON.stringify(spans)).not.toMatch(/"color":"(?!rgb\(\d+ \d+ \d+\)")/)
})
