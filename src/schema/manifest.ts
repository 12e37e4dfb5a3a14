import { z } from 'zod'
import { FeatureName, ManifestDependencies } from './dependency.ts'
import { Input } from './input.ts'
import { PackageName } from './name.ts'
import { Range, Requirement, Version } from './version.ts'
import { WorkspaceSection } from './workspace.ts'

const Text = z.string().max(4096)
const Url = z.url({ protocol: /^https?$/, error: 'must be an http or https URL' })

const Maintainer = z.strictObject({ name: Text, email: z.email().optional(), url: Url.optional() })

export const Conditions = z.strictObject({
  colonyos: Range.optional(),
  architecture: z.array(z.string().max(64)).optional(),
  cpm: Range.optional(),
})
export type Conditions = z.infer<typeof Conditions>

export const Features = z.record(FeatureName, z.array(PackageName))

/**
 * A function of a package that the local engine may run. `command` is a list of arguments, never a shell command line.
 */
export const LocalFunction = z.strictObject({
  executortype: z.string().min(1).max(128),
  name: z.string().min(1).max(128),
  command: z.array(z.string().max(4096)).min(1),
})
export type LocalFunction = z.infer<typeof LocalFunction>

const Overrides = z
  .record(PackageName, Requirement)
  .transform((map) => Object.entries(map).map(([name, requirement]) => ({ name: name as PackageName, requirement })))

const fields = {
  apiVersion: z.literal('v1', 'must be v1').describe('the version of this format'),
  description: Text.optional().describe('what the package does, in a sentence'),
  license: z.string().max(256).optional().describe('an SPDX expression, such as MIT'),
  maintainers: z.array(Maintainer).default([]).describe('the people responsible: name, and email or url'),
  keywords: z.array(z.string().max(64)).default([]).describe('words to search for'),
  categories: z.array(z.string().max(64)).default([]).describe('the categories it belongs to'),
  homepage: Url.optional().describe('its web page, http or https'),
  repository: Text.optional().describe('where its source code is'),
  dependencies: ManifestDependencies.default([]).describe(
    'packages it depends on: a map from names to ranges or { version, optional, features }, or a list of { name, … }',
  ),
  devDependencies: ManifestDependencies.default([]).describe(
    'packages for development only, in the same form; a published package may use path: here',
  ),
  /** the first cpm's name for devDependencies */
  buildDependencies: ManifestDependencies.optional().describe('another name for devDependencies'),
  features: Features.default({}).describe('named groups of optional dependencies'),
  conditions: Conditions.default({}).describe(
    'where it can be used: version ranges for cpm and colonyos, a list for architecture',
  ),
  inputs: z
    .array(Input)
    .default([])
    .describe(
      'the inputs of its workflows: key, type, label, description, unit, example, default, required, secret, output, options, min, max, items, fields (docs/values.md)',
    ),
  files: z
    .array(z.string().max(1024))
    .default(['**'])
    .describe('gitignore patterns of the files to pack; colony.yaml is always packed'),
  executables: z
    .array(z.string().max(1024))
    .default([])
    .describe("gitignore patterns of executable files that don't start with #!, such as native programs"),
  overrides: Overrides.default([]).describe(
    "requirements that replace those of other packages; only the project's own apply",
  ),
  workspace: WorkspaceSection.optional().describe(
    'the folders of packages that share one colony.lock: members, exclude, each a list of patterns such as packages/* (docs/workspaces.md)',
  ),
  functions: z
    .array(LocalFunction)
    .default([])
    .describe('programs that the local engine may run: executortype, name, and command as a list of arguments'),
}

/** colony.yaml of a project: one that only uses packages needs neither a name nor a version. */
export const ProjectManifest = z
  .strictObject({
    ...fields,
    name: PackageName.optional().describe('the name of the package: thumbnails or @org/thumbnails'),
    version: Version.optional().describe('SemVer 2.0, without build metadata'),
  })
  .transform(settle)
  .superRefine(checkFeatures)
export type ProjectManifest = z.infer<typeof ProjectManifest>

/** colony.yaml of a package, which is packed and published. */
export const PackageManifest = z
  .strictObject({ ...fields, name: PackageName, version: Version })
  .transform(settle)
  .superRefine(checkFeatures)
export type PackageManifest = z.infer<typeof PackageManifest>

type Fields = z.infer<z.ZodObject<typeof fields>>

function settle<T extends Fields>({ buildDependencies, ...manifest }: T) {
  return { ...manifest, devDependencies: [...manifest.devDependencies, ...(buildDependencies ?? [])] }
}

function checkFeatures(
  manifest: Pick<Fields, 'dependencies' | 'devDependencies' | 'features'> & { name?: PackageName | undefined },
  ctx: z.RefinementCtx,
): void {
  for (const section of ['dependencies', 'devDependencies'] as const) {
    if (manifest[section].some(({ name }) => name === manifest.name))
      ctx.addIssue({ code: 'custom', path: [section], message: `${manifest.name ?? ''} depends on itself` })
  }
  const optional = new Set(manifest.dependencies.filter((d) => d.optional).map((d) => d.name))
  for (const [feature, names] of Object.entries(manifest.features)) {
    names.forEach((name, index) => {
      if (!optional.has(name)) {
        const message = `feature ${feature} names ${name}, which is not an optional dependency`
        ctx.addIssue({ code: 'custom', path: ['features', feature, index], message })
      }
    })
  }
}
