import { useEffect, useState } from 'preact/hooks'
import { call } from './api.ts'
import type { Preview } from './types.ts'
import { Dialog, useAction, useNotify } from './ui.tsx'

/** Asks for confirmation of a switch, or without a store of a rollback, and says what will be kept and what lost. */
export function SwitchDialog({ to, onClose }: { to: string | undefined; onClose: () => void }) {
  const notify = useNotify()
  const [preview, setPreview] = useState<Preview>()
  const [isRunning, start] = useAction()
  useEffect(() => {
    const load = () =>
      call<Preview>('GET', `persistence/preview${to === undefined ? '' : `?to=${encodeURIComponent(to)}`}`).then(
        setPreview,
        (error: Error) => notify(error.message, 'bad'),
      )
    void load()
    // The number of records that are not yet safe changes while a person reads.
    const timer = setInterval(load, 1000)
    return () => clearInterval(timer)
  }, [to, notify])
  const isRollback = to === undefined
  const confirm = async (event: SubmitEvent) => {
    event.preventDefault()
    const reason =
      String(new FormData(event.currentTarget as HTMLFormElement).get('reason')).trim() || 'from the dashboard'
    const run = isRollback
      ? () => call('POST', 'persistence/rollback', { reason })
      : () => call('POST', 'persistence/switch', { store: to, reason })
    if (await start(run, isRollback ? 'Persistence is off.' : `Switched to ${preview?.to ?? to}.`)) onClose()
  }
  return (
    <Dialog title={isRollback ? 'Roll back?' : `Switch to ${preview?.to ?? to}?`} onClose={onClose}>
      {!preview && <p>Loading …</p>}
      {preview && (
        <>
          <h3>Kept</h3>
          <ul class="kept">
            {preview.kept.map((sentence) => (
              <li key={sentence}>{sentence}</li>
            ))}
          </ul>
          <h3>Lost</h3>
          <ul class="lost">
            {preview.lost.map((sentence, at) => (
              <li key={String(at)}>{sentence}</li>
            ))}
            {preview.lost.length === 0 && <li class="nothing">Nothing.</li>}
          </ul>
        </>
      )}
      <form onSubmit={confirm}>
        <label>
          Reason <span class="muted">(for the log)</span>
          <input name="reason" maxLength={200} autocomplete="off" />
        </label>
        <div class="buttons">
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class={isRollback ? 'danger' : 'primary'} disabled={isRunning || !preview}>
            {isRunning ? 'Switching …' : isRollback ? 'Roll back' : 'Switch'}
          </button>
        </div>
      </form>
    </Dialog>
  )
}
