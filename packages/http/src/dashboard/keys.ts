/** The keys of a browser that have another name in tmux. */
const NAMES: Readonly<Record<string, string>> = {
  Enter: 'Enter',
  Escape: 'Escape',
  Backspace: 'BSpace',
  Delete: 'DC',
  ArrowUp: 'Up',
  ArrowDown: 'Down',
  ArrowLeft: 'Left',
  ArrowRight: 'Right',
  Home: 'Home',
  End: 'End',
  PageUp: 'PPage',
  PageDown: 'NPage',
  ' ': 'Space',
}

interface Pressed {
  readonly key: string
  readonly ctrlKey: boolean
  readonly altKey: boolean
  readonly metaKey: boolean
  readonly getModifierState?: (modifier: string) => boolean
}

/**
 * Returns the name that tmux has for a pressed key. Undefined for a key that is left to the browser: Tab, which moves the focus,
 * and combinations with Cmd or the Windows key.
 */
export function tmuxKey(pressed: Pressed): string | undefined {
  const { key, metaKey } = pressed
  if (metaKey) return undefined
  // Windows reports AltGr as Ctrl and Alt, and many keyboards need AltGr for characters such as `@`.
  const isAltGr = pressed.getModifierState?.('AltGraph') === true
  const [ctrlKey, altKey] = [pressed.ctrlKey && !isAltGr, pressed.altKey && !isAltGr]
  const name = NAMES[key] ?? ([...key].length === 1 ? key : /^F([1-9]|1[0-2])$/.test(key) ? key : undefined)
  if (name === undefined) return undefined
  return `${ctrlKey ? 'C-' : ''}${altKey ? 'M-' : ''}${ctrlKey ? name.toLowerCase() : name}`
}
