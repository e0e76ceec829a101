/** The option in which a session without a stamp keeps its pane, from the first use of that session on. */
export const PANE_OPTION = '@sessionkeep_pane'

/** The option that names the pool of a new session until it is stamped: the stamp needs ids that exist only after its creation. */
export const POOL_OPTION = '@sessionkeep_pool'

/**
 * A format for the pane in which the launch script with this mark was started; empty when the script has ended
 * already.
 */
const paneOf = (mark: string): string => `#{W:#{P:#{?#{m:*${mark}*,#{pane_start_command}},#{pane_id},}}}`

/** Returns the commands that keep the last screen of a command that ends. `scope`: `-p` for a pane, `-w` for all panes of a window. */
export function keepScreenCommands(scope: '-p' | '-w', target: string): string[] {
  return [
    `set-option ${scope} -t ${target} remain-on-exit on`,
    // From tmux 3.3 on, a message would hide the last line of the screen.
    `set-option ${scope} -q -t ${target} remain-on-exit-format ''`,
  ]
}

/** Returns the commands that move the options for the last screen from the window to our pane, and set the size of the window. */
export function preparePaneCommands(
  mark: string,
  { cols, rows }: { readonly cols?: number | undefined; readonly rows?: number | undefined },
): string[] {
  const resize = [cols === undefined ? '' : ` -x ${cols}`, rows === undefined ? '' : ` -y ${rows}`].join('')
  const pane = paneOf(mark)
  return [
    ...keepScreenCommands('-p', `'${pane}'`),
    `set-option -w -u -t '${pane}' remain-on-exit`,
    `set-option -w -u -q -t '${pane}' remain-on-exit-format`,
    // resize-window fixes the size, whatever clients attach or detach.
    ...(resize === '' ? [] : [`resize-window -t '${pane}'${resize}`]),
  ]
}
