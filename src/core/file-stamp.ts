import fs from 'node:fs'

/** The state of a path, as far as the file system tells it without reading anything. */
export interface FileState {
  /** differs after each change of a file, a link, or the names in a folder; empty if there is nothing */
  readonly stamp: string
  /** when it was last changed, in milliseconds since 1970 */
  readonly changed: number
}

/** Returns the state of a path; of a link also the state of what it leads to, since readers follow it. */
export function stateOf(file: string): FileState {
  const stats = fs.lstatSync(file, { throwIfNoEntry: false })
  const own = stateIn(stats)
  if (stats?.isSymbolicLink() !== true) return own
  const target = stateIn(fs.statSync(file, { throwIfNoEntry: false }))
  return { stamp: `${own.stamp} ${target.stamp}`, changed: Math.max(own.changed, target.changed) }
}

function stateIn(stats: fs.Stats | undefined): FileState {
  if (!stats) return { stamp: '', changed: 0 }
  const { dev, ino, mode, size, mtimeMs, ctimeMs } = stats
  return { stamp: `${dev}-${ino}-${mode}-${size}-${mtimeMs}-${ctimeMs}`, changed: ctimeMs }
}
