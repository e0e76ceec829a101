/** A piece of a line in one style. */
export interface Span {
  readonly text: string
  /** Names of CSS classes: `bold`, `fg-1`, `bg-12`, … */
  readonly classes: readonly string[]
  /** Colours that have no class, as CSS. */
  readonly color?: string
  readonly background?: string
}

interface Style {
  bold: boolean
  dim: boolean
  italic: boolean
  underline: boolean
  inverse: boolean
  fg: number | string | undefined
  bg: number | string | undefined
}

const plain = (): Style => ({
  ...{ bold: false, dim: false, italic: false, underline: false, inverse: false },
  fg: undefined,
  bg: undefined,
})

const ESC = String.fromCharCode(27)
const BEL = String.fromCharCode(7)
// A CSI sequence, an OSC or DCS string, or any other escape sequence.
const SEQUENCE = new RegExp(
  `${ESC}\\[([0-9:;?<=>]*)[ -/]*([@-~])|${ESC}[\\]P^_X][^${BEL}${ESC}]*(?:${BEL}|${ESC}\\\\)?|${ESC}[ -/]*[0-~]?`,
  'g',
)
const CONTROLS = /[^\P{Cc}\t]/gu

/**
 * Splits a captured screen into lines of styled pieces. Colours and weights are kept, and every other escape sequence and
 * control character is dropped, so that what is left is text.
 */
export function parseScreen(screen: string): Span[][] {
  const style = plain()
  return screen.split('\n').map((line) => {
    const spans: Span[] = []
    let at = 0
    const add = (text: string): void => {
      const clean = text.replace(CONTROLS, '')
      if (clean !== '') spans.push(spanOf(clean, style))
    }
    for (const match of line.matchAll(SEQUENCE)) {
      add(line.slice(at, match.index))
      at = match.index + match[0].length
      if (match[2] === 'm') apply(style, match[1] ?? '')
    }
    add(line.slice(at))
    return spans
  })
}

function spanOf(text: string, style: Style): Span {
  const fg = style.inverse ? (style.bg ?? 'var(--screen)') : style.fg
  const bg = style.inverse ? (style.fg ?? 'var(--screen-text)') : style.bg
  const classes = (['bold', 'dim', 'italic', 'underline'] as const).filter((name) => style[name]) as string[]
  if (typeof fg === 'number') classes.push(`fg-${fg}`)
  if (typeof bg === 'number') classes.push(`bg-${bg}`)
  return {
    text,
    classes,
    ...(typeof fg === 'string' ? { color: fg } : {}),
    ...(typeof bg === 'string' ? { background: bg } : {}),
  }
}

function apply(style: Style, parameters: string): void {
  // Colons separate the numbers of one code: `4:3` is a kind of underline.
  const codes = parameters.split(';').map((code) => code.split(':').map((text) => Number(text || 0)))
  for (let at = 0; at < codes.length; at += 1) {
    const [code = 0, ...own] = codes[at] ?? []
    if (code === 0) Object.assign(style, plain())
    else if (code === 1) style.bold = true
    else if (code === 2) style.dim = true
    else if (code === 3) style.italic = true
    else if (code === 4) style.underline = own[0] !== 0
    else if (code === 7) style.inverse = true
    else if (code === 22) Object.assign(style, { bold: false, dim: false })
    else if (code === 23) style.italic = false
    else if (code === 24) style.underline = false
    else if (code === 27) style.inverse = false
    else if (code === 38 || code === 48 || code === 58) {
      // 58 is the colour of underlines, which the page does not show.
      const [color, used] =
        own.length > 0
          ? [extended([own[0] ?? 0, ...own.slice(own[0] === 2 ? -3 : -1)])[0], 0]
          : extended(codes.slice(at + 1).flat())
      if (code === 38) style.fg = color
      else if (code === 48) style.bg = color
      at += used
    } else if (code === 39) style.fg = undefined
    else if (code === 49) style.bg = undefined
    else if (code >= 30 && code <= 37) style.fg = code - 30
    else if (code >= 40 && code <= 47) style.bg = code - 40
    else if (code >= 90 && code <= 97) style.fg = code - 82
    else if (code >= 100 && code <= 107) style.bg = code - 92
  }
}

/** A colour of the palette of 256, or of 24 bits; and how many codes it took. */
function extended([kind, ...rest]: readonly number[]): [number | string | undefined, number] {
  const byte = (value = 0): number => Math.min(255, Math.max(0, Math.floor(value) || 0))
  if (kind === 2) return [`rgb(${byte(rest[0])} ${byte(rest[1])} ${byte(rest[2])})`, 4]
  if (kind !== 5) return [undefined, 1]
  const color = byte(rest[0])
  if (color < 16) return [color, 2]
  if (color >= 232)
    return [
      `rgb(${Array(3)
        .fill((color - 232) * 10 + 8)
        .join(' ')})`,
      2,
    ]
  const level = (step: number): number => (step === 0 ? 0 : step * 40 + 55)
  const cube = color - 16
  return [`rgb(${level(Math.floor(cube / 36))} ${level(Math.floor(cube / 6) % 6)} ${level(cube % 6)})`, 2]
}
