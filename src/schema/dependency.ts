import { z } from 'zod'
import { PackageName } from './name.ts'
import { Requirement } from './version.ts'

/** A dependency in the form the rest of cpm uses, whichever way it was written. */
export interface Dependency {
  readonly name: PackageName
  readonly requirement: Requirement
  readonly optional: boolean
  readonly features: readonly string[]
}

export const FeatureName = z.string().regex(/^[a-z0-9][a-z0-9-]{0,99}$/, 'a feature name consists of a-z, 0-9 and -')

const Options = z.strictObject({
  version: Requirement,
  optional: z.boolean().optional(),
  features: z.array(FeatureName).optional(),
})

const Entry = z.strictObject({ name: PackageName, ...Options.shape })

type Written = z.infer<typeof Options>

/** Picks the schema by the form of the value, so that an error is about the form the author used. */
function byForm<T>(choose: (value: unknown) => z.ZodType<T>) {
  return z.unknown().transform((value, ctx): T => {
    const result = choose(value).safeParse(value)
    if (result.success) return result.data
    for (const issue of result.error.issues) ctx.issues.push({ ...issue, input: value } as (typeof ctx.issues)[number])
    return z.NEVER
  })
}

const JustRange = Requirement.transform((version): Written => ({ version }))

const MapValue = byForm<Written>((value) => (typeof value === 'object' && value !== null ? Options : JustRange))

const MapForm = z
  .record(PackageName, MapValue)
  .transform((map) => Object.entries(map).map(([name, written]) => dependency(name as PackageName, written)))

const ListForm = z.array(Entry).transform((entries, ctx) => {
  const seen = new Set<string>()
  entries.forEach((entry, index) => {
    if (seen.has(entry.name))
      ctx.addIssue({ code: 'custom', path: [index, 'name'], message: `${entry.name} is listed twice` })
    seen.add(entry.name)
  })
  return entries.map((entry) => dependency(entry.name, entry))
})

/** `name: range`, `name: { version, optional, features }`, or a list of `{ name, version, … }`; keeps the order. */
export const Dependencies = byForm<Dependency[]>((value) => (Array.isArray(value) ? ListForm : MapForm))

/** As in a manifest, where an empty `dependencies:` is left when the last one was removed by hand. */
export const ManifestDependencies = z.preprocess((value) => value ?? {}, Dependencies)

function dependency(name: PackageName, written: Written): Dependency {
  return {
    name,
    requirement: written.version,
    optional: written.optional ?? false,
    features: written.features ?? [],
  }
}

export type WrittenDependencies = Record<string, string | { version: string; optional?: true; features?: string[] }>

/** The map form that records, envelopes and locks use: a plain string where that is enough. */
export function writeDependencies(dependencies: readonly Dependency[]): WrittenDependencies {
  return Object.fromEntries(
    dependencies.map(({ name, requirement, optional, features }) => [
      name,
      optional || features.length > 0
        ? {
            version: requirement,
            ...(optional && { optional }),
            ...(features.length > 0 && { features: [...features] }),
          }
        : requirement,
    ]),
  )
}
