import type { PackageName } from '../../schema/name.ts'
import type { Version } from '../../schema/version.ts'
import { CpmError } from '../../core/errors.ts'
import type { Release } from '../../core/ports.ts'
import type { Solution } from '../../resolver/solution.ts'
import { type Section, setDependencies } from '../../installer/manifest-edit.ts'
import { memberPackages } from '../../installer/folder-packages.ts'
import { parseProjectManifest } from '../../installer/project-manifest.ts'
import { askResolver, type ResolveOptions } from '../../installer/resolve-project.ts'
import { type Roots, withManifest } from '../../installer/roots.ts'
import type { ProjectRoots } from '../../installer/workspace/read-roots.ts'
import type { ProjectManifest } from '../../schema/manifest.ts'

/**
 * Resolves what commands would choose, without running them, so that cpm only gives advice that it tried. A result is
 * undefined if the command would find no solution.
 */
export class Trials {
  readonly #project: ProjectRoots
  readonly #locked: ReadonlyMap<PackageName, Version>
  readonly #options: Omit<ResolveOptions, 'locked'>
  readonly #updates = new Map<string, Promise<Solution | undefined>>()

  constructor(
    project: ProjectRoots,
    locked: ReadonlyMap<PackageName, Version>,
    options: Omit<ResolveOptions, 'locked'>,
  ) {
    this.#project = project
    this.#locked = locked
    this.#options = options
  }

  /** `cpm install` */
  async asItIs(): Promise<Solution | undefined> {
    return await this.#remembered('install', () => this.#solve(this.#project.manifest, this.#locked))
  }

  /** `cpm update` of one package or all packages */
  async updated(name?: PackageName): Promise<Solution | undefined> {
    const kept = new Map(name === undefined ? [] : [...this.#locked].filter(([other]) => other !== name))
    return await this.#remembered(`update ${name ?? ''}`, () => this.#solve(this.#project.manifest, kept))
  }

  /** `cpm update --latest` of all packages, in some roots */
  async updatedBeyondRanges(paths: readonly string[]): Promise<Solution | undefined> {
    const { roots } = this.#project
    const members = memberPackages(roots)
    const free = (dependencies: ProjectManifest['dependencies']) =>
      dependencies.map((each) =>
        each.requirement.startsWith('path:') || members.has(each.name) ? each : { ...each, requirement: '*' },
      )
    const changed = roots.map(({ path, manifest }) => {
      const { dependencies, devDependencies } = manifest
      if (!paths.includes(path)) return { path, manifest }
      return {
        path,
        manifest: { ...manifest, dependencies: free(dependencies), devDependencies: free(devDependencies) },
      }
    })
    return await this.#remembered('update --latest', () => this.#solveRoots(changed, new Map()))
  }

  /** `cpm install name@version` */
  async requiring({ name, version }: Release, section: Section): Promise<Solution | undefined> {
    return await orNothing(async () => {
      const text = setDependencies(this.#project.text, section, new Map([[name, version]]))
      return await this.#solve(parseProjectManifest(text), this.#locked)
    })
  }

  /** an entry under `overrides` in colony.yaml, then `cpm install` */
  async overriding({ name, version }: Release): Promise<Solution | undefined> {
    const { roots } = this.#project
    const [first] = roots
    if (!first) return undefined
    const others = first.manifest.overrides.filter((override) => override.name !== name)
    const manifest = { ...first.manifest, overrides: [...others, { name, requirement: version }] }
    return await this.#solveRoots(withManifest(roots, first.path, manifest), this.#locked)
  }

  /** Finds a feature of a direct dependency that brings in the version after `cpm install`. */
  async withFeature({ name, version }: Release): Promise<{ of: PackageName; feature: string } | undefined> {
    const { manifest } = this.#project
    const documents = await this.#options.source.read(manifest.dependencies.map((dependency) => dependency.name))
    for (const dependency of manifest.dependencies) {
      const locked = this.#locked.get(dependency.name)
      const candidate = documents.get(dependency.name)?.candidates.find((each) => each.version === locked)
      const features = Object.keys(candidate?.features ?? {}).filter((each) =>
        candidate?.features[each]?.includes(name),
      )
      for (const feature of features) {
        const asking = { ...dependency, features: [...dependency.features, feature] }
        const dependencies = manifest.dependencies.map((each) => (each === dependency ? asking : each))
        const solution = await this.#solve({ ...manifest, dependencies }, this.#locked)
        if (solution?.packages.get(name)?.version === version) return { of: dependency.name, feature }
      }
    }
    return undefined
  }

  async #remembered(command: string, solve: () => Promise<Solution | undefined>): Promise<Solution | undefined> {
    const known = this.#updates.get(command) ?? solve()
    this.#updates.set(command, known)
    return await known
  }

  async #solve(manifest: ProjectManifest, locked: ReadonlyMap<PackageName, Version>): Promise<Solution | undefined> {
    return await this.#solveRoots(withManifest(this.#project.roots, this.#project.path, manifest), locked)
  }

  async #solveRoots(roots: Roots, locked: ReadonlyMap<PackageName, Version>): Promise<Solution | undefined> {
    return await orNothing(async () => {
      const { outcome } = await askResolver(roots, {
        ...this.#options,
        locked,
        emit: () => undefined,
        withFixes: false,
      })
      return outcome.type === 'solved' ? outcome.solution : undefined
    })
  }
}

/** Returns undefined for a trial that takes too long or for which colony.yaml can't be edited. */
async function orNothing(solve: () => Promise<Solution | undefined>): Promise<Solution | undefined> {
  try {
    return await solve()
  } catch (error) {
    if (error instanceof CpmError && ['RESOLVE_BUDGET', 'MANIFEST_INVALID'].includes(error.code)) return undefined
    throw error
  }
}
