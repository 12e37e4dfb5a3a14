import { randomBytes } from 'node:crypto'

/** Returns an id for a run: the time, so that ids sort by age, and random digits, so that ids are unique. */
export function newRunId(now: Date = new Date()): string {
  const time = now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-')
  return `${time}-${randomBytes(4).toString('hex')}`
}
