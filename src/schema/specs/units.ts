import { z } from 'zod'

/**
 * The small parts that specs are made of. ColonyOS’s server reads some of them wrongly in silence, and some at random, so
 * each admits only what is read alike every time (docs/workflows.md, "What is checked").
 */

const MAX_NAME = 128
/** Beyond it the server's nanoseconds run over. */
export const MAX_SECONDS = 9_000_000_000
const PRIORITY = 50_000
const CPU_UNIT = 'must be in thousandths of a core, as 1500m'
const MEMORY_UNIT = 'must be a whole number of Mi or Gi, such as 512Mi'
const WHOLE = 'must be a whole number'

export const Name = z.string().min(1, 'must not be empty').max(MAX_NAME, `has at most ${MAX_NAME} characters`)

/** A node's name is also the name of its folder, on every system. */
export const NodeName = z
  .string()
  .max(MAX_NAME, `has at most ${MAX_NAME} characters`)
  .regex(
    /^[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_-])?$/,
    'must be letters, digits, _, - and dots inside: it names a folder',
  )
  .refine((name) => !/^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)/i.test(name), 'is a device’s name on Windows')
  .refine((name) => !/^run\.(?:json|spec|cancel)/i.test(name), 'is the name of a file of the run')

export const Count = z.int(WHOLE).min(0, 'must not be negative')

/** The scheduler keeps these in one byte. */
export const SmallCount = Count.max(127, 'is at most 127')

/** Higher first; one step is one day of waiting. */
export const Priority = z.int(WHOLE).min(-PRIORITY, `is at least -${PRIORITY}`).max(PRIORITY, `is at most ${PRIORITY}`)

/** -1 is without limit */
export const Tries = z.int(WHOLE).min(-1, 'must be -1 (no limit) or more')

/** Seconds. 0 is no limit in one place of the server and "at once" in another, so -1 is what stands for it. */
export const Seconds = Tries.max(MAX_SECONDS, `is at most ${MAX_SECONDS}`).transform((n) => (n === 0 ? -1 : n))

/** The server reads "2" as nothing at all, so the unit is required. */
export const Cpu = z.string(CPU_UNIT).regex(/^\d{1,9}m$/, CPU_UNIT)

/** The units that the server reads alike every time, in bytes. It chooses at random how it reads KB, MB, TB, Kb, Mb and Tb. */
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

/** An amount of memory, which comes to be whole Mi or Gi: what is asked for in other units is rounded up. */
export const Memory = z.string(MEMORY_UNIT).regex(MEMORY, MEMORY_UNIT).transform(canonicalMemory)

function canonicalMemory(text: string): string {
  const [, amount = '', unit = ''] = MEMORY.exec(text) ?? []
  if (unit === 'Mi' || unit === 'Gi') return text
  return `${Math.ceil((Number(amount) * (MEMORY_UNITS[unit] ?? 0)) / 2 ** 20)}Mi`
}

/** A NUL can't be in an environment at all. */
export const EnvironmentText = z
  .string('must be a text: quote it')
  .refine((text) => !text.includes('\0'), 'must not hold NUL')
export const EnvironmentName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'is not a name for a variable')
