import { z } from 'zod'

/**
 * The building blocks of specs. The ColonyOS server silently misreads some values, and reads some at random, so each
 * type only accepts what is read the same way every time (docs/workflows.md, "What is checked").
 */

const MAX_NAME = 128
/** More would overflow the server's nanoseconds. */
export const MAX_SECONDS = 9_000_000_000
const PRIORITY = 50_000
const CPU_UNIT = 'must be in thousandths of a core, such as 1500m'
const MEMORY_UNIT = 'must be a whole number of Mi or Gi, such as 512Mi'
const WHOLE = 'must be a whole number'

export const Name = z.string().min(1, 'must not be empty').max(MAX_NAME, `must have at most ${MAX_NAME} characters`)

/** A node's name is also the name of a folder, so it must be valid on every system. */
export const NodeName = z
  .string()
  .max(MAX_NAME, `must have at most ${MAX_NAME} characters`)
  .regex(
    /^[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_-])?$/,
    'must consist of letters, digits, _, - and inner dots: it names a folder',
  )
  .refine((name) => !/^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)/i.test(name), 'is a device name on Windows')
  .refine((name) => !/^run\.(?:json|spec|cancel)/i.test(name), "is the name of a file in the run's folder")

export const Count = z.int(WHOLE).min(0, 'must not be negative')

/** The scheduler stores these in one byte. */
export const SmallCount = Count.max(127, 'must be at most 127')

/** Higher runs first; one step is worth one day of waiting. */
export const Priority = z
  .int(WHOLE)
  .min(-PRIORITY, `must be at least -${PRIORITY}`)
  .max(PRIORITY, `must be at most ${PRIORITY}`)

/** -1 means no limit */
export const Tries = z.int(WHOLE).min(-1, 'must be -1 (no limit) or more')

/** Seconds. 0 means no limit in one place of the server and "at once" in another, so 0 becomes -1. */
export const Seconds = Tries.max(MAX_SECONDS, `must be at most ${MAX_SECONDS}`).transform((n) => (n === 0 ? -1 : n))

/** The server ignores "2", so the unit is required. */
export const Cpu = z.string(CPU_UNIT).regex(/^\d{1,9}m$/, CPU_UNIT)

/** The units that the server reads the same way every time, in bytes. It reads KB, MB, TB, Kb, Mb and Tb at random. */
const MEMORY_UNITS: Readonly<Record<string, number>> = {
  Ki: 2 ** 10,
  KiB: 2 ** 10,
  Mi: 2 ** 20,
  MiB: 2 ** 20,
  Gi: 2 ** 30,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
  K: 1e3,
  M: 1e6,
  G: 1e9,
  Gb: 1e9,
}
const MEMORY = new RegExp(`^(\\d{1,9})(${Object.keys(MEMORY_UNITS).join('|')})$`)

/** An amount of memory in whole Mi or Gi; other units are rounded up. */
export const Memory = z.string(MEMORY_UNIT).regex(MEMORY, MEMORY_UNIT).transform(canonicalMemory)

function canonicalMemory(text: string): string {
  const [, amount = '', unit = ''] = MEMORY.exec(text) ?? []
  if (unit === 'Mi' || unit === 'Gi') return text
  return `${Math.ceil((Number(amount) * (MEMORY_UNITS[unit] ?? 0)) / 2 ** 20)}Mi`
}

/** An environment can't contain NUL. */
export const EnvironmentText = z
  .string('must be a string: quote it')
  .refine((text) => !text.includes('\0'), 'must not contain NUL')
export const EnvironmentName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'is not a valid variable name')
