import { type ComponentChildren, createContext } from 'preact'
import { useContext, useEffect, useRef, useState } from 'preact/hooks'

/** A short text with a colour and a sign, so that the colour is not the only difference. */
export function Badge({
  tone,
  children,
}: {
  tone: 'good' | 'warn' | 'bad' | 'quiet' | 'busy'
  children: ComponentChildren
}) {
  return <span class={`badge ${tone}`}>{children}</span>
}

/** A curve of the requests over time. */
export function Sparkline({ counts }: { counts: readonly number[] }) {
  const [width, height] = [96, 22]
  const sum = counts.reduce((total, count) => total + count, 0)
  const peak = Math.max(1, ...counts)
  const step = width / Math.max(1, counts.length - 1)
  const points = counts.map(
    (count, at) => `${(at * step).toFixed(1)},${(height - 2 - (count / peak) * (height - 4)).toFixed(1)}`,
  )
  return (
    <svg
      class={sum === 0 ? 'spark flat' : 'spark'}
      viewBox={`0 0 ${width} ${height}`}
      role="img"
      aria-label={`${sum} requests in the last 5 minutes`}
    >
      <title>{`${sum} requests in the last 5 minutes`}</title>
      <polyline points={points.length > 1 ? points.join(' ') : `0,${height - 2} ${width},${height - 2}`} />
    </svg>
  )
}

/** A dialog above the page. Escape closes it, and the focus goes back to where it was. */
export function Dialog({
  title,
  onClose,
  children,
}: {
  title: string
  onClose: () => void
  children: ComponentChildren
}) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    dialog.current?.showModal()
  }, [])
  return (
    <dialog ref={dialog} onClose={onClose} aria-labelledby="dialog-title">
      <h2 id="dialog-title">{title}</h2>
      {children}
    </dialog>
  )
}

/** Shows a message for people. */
export type Notify = (text: string, tone?: 'good' | 'bad') => void

export const Notifying = createContext<Notify>(() => undefined)
export const useNotify = (): Notify => useContext(Notifying)

/** The last messages, which a screen reader reads out. */
export function useNotices(): [Notify, ComponentChildren] {
  const [notices, setNotices] = useState<readonly { id: number; text: string; tone: 'good' | 'bad' }[]>([])
  const next = useRef(0)
  const notify = useRef<Notify>((text, tone = 'good') => {
    const id = next.current++
    setNotices((before) => [...before.slice(-3), { id, text, tone }])
    setTimeout(() => setNotices((before) => before.filter((notice) => notice.id !== id)), 8000)
  })
  const shown = (
    <div class="notices" aria-live="polite">
      {notices.map(({ id, text, tone }) => (
        <p key={id} class={`notice ${tone}`}>
          {text}
        </p>
      ))}
    </div>
  )
  return [notify.current, shown]
}

/** Runs an action and shows its error. Returns whether it is running, and the function that starts it. */
export function useAction(): [boolean, (run: () => Promise<unknown>, done?: string) => Promise<boolean>] {
  const notify = useNotify()
  const [isRunning, setRunning] = useState(false)
  const start = async (run: () => Promise<unknown>, done?: string): Promise<boolean> => {
    setRunning(true)
    try {
      await run()
      if (done !== undefined) notify(done)
      return true
    } catch (error) {
      notify((error as Error).message, 'bad')
      return false
    } finally {
      setRunning(false)
    }
  }
  return [isRunning, start]
}

/** The present time of the gateway, once a second; ms since the epoch. */
export function useNow(clockSkewMs: number): number {
  const [now, setNow] = useState(Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000)
    return () => clearInterval(timer)
  }, [])
  return now + clockSkewMs
}
