import { randomBytes } from 'node:crypto'

/** A name for a run: the time first, so that a listing of runs is in order, and chance so that two never meet. */
export function newRunId(now: Date = new Date()): string {
  const time = now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-')
  return `${time}-${randomBytes(4).toString('hex')}`
}
