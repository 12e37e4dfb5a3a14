/** `1 file`, `2 files`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}

/** Bytes for people: `512 B`, `3.4 kB`, `12.0 MB`, `120 MB`. */
export function bytes(size: number): string {
  return scaled(size, 1000, ['B', 'kB', 'MB', 'GB', 'TB'])
}

/** Bytes in powers of 1024, for limits that are set in them: `512 B`, `3.4 KiB`, `12.0 MiB`. */
export function binaryBytes(size: number): string {
  return scaled(size, 1024, ['B', 'KiB', 'MiB', 'GiB'])
}

function scaled(size: number, base: number, units: readonly string[]): string {
  let value = size
  let unit = 0
  // Rounding must not give 1000 of a unit.
  while (Math.round(value) >= base && unit < units.length - 1) {
    value /= base
    unit++
  }
  return `${unit === 0 || value >= 99.95 ? Math.round(value) : value.toFixed(1)} ${units[unit] ?? ''}`
}

/** `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`. */
export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} s`
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)]
  return hours > 0 ? `${hours} h ${minutes} min` : `${minutes} min ${whole % 60} s`
}

/** How long ago something happened: `just now`, `2 minutes ago`, `3 days ago`; the day once that says more. */
export function ago(time: Date, now: Date): string {
  const minutes = Math.floor((now.getTime() - time.getTime()) / 60_000)
  if (minutes < 1) return 'just now'
  if (minutes < 60) return `${count(minutes, 'minute')} ago`
  if (minutes < 24 * 60) return `${count(Math.floor(minutes / 60), 'hour')} ago`
  const days = Math.floor(minutes / (24 * 60))
  return days < 30 ? `${count(days, 'day')} ago` : time.toISOString().slice(0, 10)
}
