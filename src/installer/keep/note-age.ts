const HOUR = 3_600_000

/** Whether a note's time is close enough to now for `cpm gc --older-than`, which counts days. */
export function isFresh(noted: number): boolean {
  return Math.abs(Date.now() - noted) < HOUR
}
