import type { PackageName } from '../schema/name.ts'
import { requirementPath, type Version } from '../schema/version.ts'
import { didYouMean } from '../core/did-you-mean.ts'
import { CpmError } from '../core/errors.ts'
import { removeDependencies, type Section, setDependencies } from './manifest-edit.ts'
import { parseProjectManifest } from './project.ts'

/** Some packages of a project, or all of them. */
export type Selected = readonly PackageName[] | 'all'

/** What a command changes in a project's colony.yaml. */
export type ManifestChange =
  | {
      readonly type: 'add'
      readonly section: Section
      /** without a range any version may be chosen; what was chosen is then written down */
      readonly packages: readonly { readonly name: PackageName; readonly range: string | undefined }[]
      /** write the exact version instead of `^version` */
      readonly exact: boolean
    }
  | { readonly type: 'remove'; readonly names: readonly PackageName[] }
  /** let direct dependencies leave their ranges; what was chosen is then written down */
  | { readonly type: 'upgrade'; readonly names: Selected }

export interface ChangedManifest {
  readonly text: string
  /** whether versions must be chosen anew, whatever the lock has */
  readonly choosesVersions: boolean
  /** Writes the versions that were chosen into the text. */
  readonly settle: (chosen: ReadonlyMap<PackageName, Version>) => string
}

export function isSelected(selected: Selected, name: PackageName): boolean {
  return selected === 'all' || selected.includes(name)
}

/** Changes the text of a colony.yaml. @throws CpmError PACKAGE_NOT_FOUND where a name to remove is not among its dependencies */
export function changeManifest(text: string, change: ManifestChange | undefined): ChangedManifest {
  switch (change?.type) {
    case 'add':
      return added(text, change)
    case 'remove':
      requireDirect(change.names, text)
      return unsettled(removeDependencies(text, change.names))
    case 'upgrade':
      return upgraded(text, change.names)
    case undefined:
      return unsettled(text)
  }
}

function unsettled(text: string): ChangedManifest {
  return { text, choosesVersions: false, settle: () => text }
}

function added(text: string, { section, packages, exact }: ManifestChange & { type: 'add' }): ChangedManifest {
  const manifest = parseProjectManifest(text)
  const has = (name: PackageName) => manifest[section].some((dependency) => dependency.name === name)
  const missing = packages.filter(({ name, range }) => range !== undefined || !has(name))
  const edited = setDependencies(text, section, new Map(missing.map(({ name, range }) => [name, range ?? '*'])))
  const open = missing.filter(({ range }) => range === undefined)
  return {
    text: edited,
    choosesVersions: true,
    settle: (chosen) => {
      const requirements = open.map(({ name }) => [name, `${exact ? '' : '^'}${chosen.get(name) ?? '*'}`] as const)
      return setDependencies(edited, section, new Map(requirements))
    },
  }
}

function upgraded(text: string, names: Selected): ChangedManifest {
  const open = withRequirements(text, names, () => '*')
  return {
    text: open,
    choosesVersions: true,
    settle: (chosen) =>
      withRequirements(open, names, (name) => {
        const version = chosen.get(name)
        return version === undefined ? undefined : `^${version}`
      }),
  }
}

/** The text with other requirements of the direct dependencies that are selected; folders stay as they are. */
function withRequirements(
  text: string,
  names: Selected,
  requirementOf: (name: PackageName) => string | undefined,
): string {
  let edited = text
  for (const section of ['dependencies', 'devDependencies'] as const) {
    const requirements = new Map<PackageName, string>()
    for (const { name, requirement } of parseProjectManifest(edited)[section]) {
      const changed = isSelected(names, name) && requirementPath(requirement) === null ? requirementOf(name) : undefined
      if (changed !== undefined) requirements.set(name, changed)
    }
    edited = setDependencies(edited, section, requirements)
  }
  return edited
}

function requireDirect(names: readonly PackageName[], text: string): void {
  const { dependencies, devDependencies } = parseProjectManifest(text)
  const direct = [...dependencies, ...devDependencies].map(({ name }) => name)
  const unknown = names.filter((name) => !direct.includes(name))
  const [first] = unknown
  if (first === undefined) return
  const fact = `colony.yaml has no dependency ${unknown.join(', ')}${didYouMean(first, direct)}`
  throw new CpmError('PACKAGE_NOT_FOUND', fact, { hint: 'cpm list' })
}
