import type { PackageName } from '../schema/name.ts'
import { requirementPath, type Version } from '../schema/version.ts'
import { didYouMean } from '../core/did-you-mean.ts'
import { CpmError } from '../core/errors.ts'
import { removeDependencies, type Section, setDependencies } from './manifest-edit.ts'
import { parseProjectManifest } from './project-manifest.ts'

/** Some packages of a project, or all of them. */
export type Selected = readonly PackageName[] | 'all'

/** A change that a command makes to colony.yaml. */
export type ManifestChange =
  | {
      readonly type: 'add'
      readonly section: Section
      /** without a range, any version may be chosen, and the chosen one is written to colony.yaml */
      readonly packages: readonly { readonly name: PackageName; readonly range: string | undefined }[]
      /** write the exact version instead of `^version` */
      readonly exact: boolean
    }
  | {
      readonly type: 'remove'
      readonly names: readonly PackageName[]
      /** whether a killed command may have removed them already */
      readonly mayBeGone?: boolean
    }
  /** direct dependencies may leave their ranges; the chosen versions are written to colony.yaml */
  | { readonly type: 'upgrade'; readonly names: Selected }

export interface ChangedManifest {
  readonly text: string
  /** whether to choose versions even if the lock fits */
  readonly choosesVersions: boolean
  /** Returns the text with the chosen versions. */
  readonly settle: (chosen: ReadonlyMap<PackageName, Version>) => string
}

export function isSelected(selected: Selected, name: PackageName): boolean {
  return selected === 'all' || selected.includes(name)
}

/** Changes the text of a colony.yaml. @throws CpmError PACKAGE_NOT_FOUND if a name to remove is not in it */
export function changeManifest(text: string, change: ManifestChange | undefined): ChangedManifest {
  switch (change?.type) {
    case 'add':
      return added(text, change)
    case 'remove':
      if (change.mayBeGone !== true) requireDirect(change.names, text)
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

/** Returns the text with new requirements for the selected direct dependencies; folder dependencies do not change. */
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
  const fact = `colony.yaml does not depend on ${unknown.join(', ')}${didYouMean(first, direct)}`
  throw new CpmError('PACKAGE_NOT_FOUND', fact, { hint: 'cpm list' })
}
