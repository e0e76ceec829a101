import { useEffect, useRef, useState } from 'preact/hooks'
import { parseScreen, type Span } from './ansi.ts'
import { call, sessionPath } from './api.ts'
import { tmuxKey } from './keys.ts'
import { poll } from './poll.ts'
import { useNotify } from './ui.tsx'

/** How soon the screen is read after something was typed, and how often otherwise, ms. */
const [SOON_MS, POLL_MS] = [120, 1000]

const BUTTONS = [
  ['Enter', 'Enter'],
  ['Esc', 'Escape'],
  ['Tab', 'Tab'],
  ['Ctrl-C', 'C-c'],
  ['Ctrl-D', 'C-d'],
  ['↑', 'Up'],
  ['↓', 'Down'],
] as const

/** The live screen of a session, with colours, and the fields and buttons that type into it. */
export function Terminal({ workspace, mayWrite }: { workspace: string; mayWrite: boolean }) {
  const notify = useNotify()
  const [lines, setLines] = useState<readonly Span[][]>([])
  const [text, setText] = useState('')
  const refresh = useRef((): void => undefined)
  /** Settles when everything that was typed has been sent, so that it is sent in its order. */
  const typing = useRef(Promise.resolve())
  const scroller = useRef<HTMLDivElement>(null)
  const field = useRef<HTMLTextAreaElement>(null)

  useEffect(() => {
    let isOver = false
    let last = ''
    const read = async (): Promise<void> => {
      try {
        if (!document.hidden) {
          const { screen } = await call<{ screen: string }>(
            'GET',
            sessionPath(workspace, '/screen?escapes=true&history=200'),
          )
          if (!isOver && screen !== last) setLines(parseScreen(screen.trimEnd()))
          last = screen
        }
      } catch {
        // If the session or the gateway is away, other parts of the page show that.
      }
    }
    const { soon, stop } = poll(read, { everyMs: POLL_MS, soonMs: SOON_MS })
    refresh.current = soon
    return () => {
      isOver = true
      stop()
    }
  }, [workspace])

  // Scrolls to the newest line, as a terminal does.
  useEffect(() => {
    if (scroller.current) scroller.current.scrollTop = lines.length === 0 ? 0 : scroller.current.scrollHeight
  }, [lines])

  const type = (path: string, body: object): void => {
    typing.current = typing.current.then(async () => {
      try {
        await call('POST', sessionPath(workspace, path), body)
      } catch (error) {
        notify((error as Error).message, 'bad')
      }
      refresh.current()
    })
  }
  const press = (...keys: string[]): void => type('/keys', { keys })
  const onKeyDown = (event: KeyboardEvent): void => {
    const key = mayWrite ? tmuxKey(event) : undefined
    if (key === undefined) return
    event.preventDefault()
    press(key)
  }
  // Phones and input methods send text, and no keys.
  const onInput = (event: InputEvent): void => {
    const target = event.currentTarget as HTMLTextAreaElement
    if (target.value !== '') type('/text', { text: target.value })
    target.value = ''
  }
  // A click on the screen moves the focus to the field for keys, unless the click has selected text.
  useEffect(() => {
    const screen = scroller.current
    const focus = () => {
      if (getSelection()?.isCollapsed !== false) field.current?.focus({ preventScroll: true })
    }
    screen?.addEventListener('click', focus)
    return () => screen?.removeEventListener('click', focus)
  }, [])
  const submit = (event: SubmitEvent): void => {
    event.preventDefault()
    if (text === '') press('Enter')
    else type('/text', { text, submit: true })
    setText('')
  }

  return (
    <section class="terminal" aria-label="Terminal">
      <div ref={scroller} class="screen">
        {/* This field gets the keys, also those of a phone; it is emptied at once. */}
        <textarea
          ref={field}
          class="hidden"
          aria-label={`Keys for ${workspace}`}
          aria-describedby="screen-hint"
          readOnly={!mayWrite}
          autocomplete="off"
          spellcheck={false}
          value=""
          onKeyDown={onKeyDown}
          onInput={onInput}
        />
        <pre>
          {lines.map((spans, at) => (
            <div key={String(at)}>
              {spans.length === 0 ? '\n' : spans.map((span, index) => <Piece key={String(index)} span={span} />)}
            </div>
          ))}
        </pre>
      </div>
      <p id="screen-hint" class="hint">
        {mayWrite ? 'Click the screen to type into it directly; Tab leaves it.' : 'You can only look.'}
      </p>
      {mayWrite && (
        <>
          <form class="input" onSubmit={submit}>
            <label class="grow">
              <span class="hidden">Text for the session</span>
              <input
                value={text}
                onInput={(event) => setText(event.currentTarget.value)}
                autocomplete="off"
                spellcheck={false}
                placeholder="Type a command or a message"
              />
            </label>
            <button type="submit" class="primary">
              Send
            </button>
          </form>
          <fieldset class="keys">
            <legend class="hidden">Keys</legend>
            {BUTTONS.map(([label, key]) => (
              <button key={key} type="button" onClick={() => press(key)}>
                {label}
              </button>
            ))}
          </fieldset>
        </>
      )}
    </section>
  )
}

function Piece({ span }: { span: Span }) {
  const { text, classes, color, background } = span
  return (
    <span class={classes.join(' ')} style={color || background ? { color, background } : undefined}>
      {text}
    </span>
  )
}
