import path from 'node:path'
import type { PackageName } from '../../schema/name.ts'
import type { RegistryId } from '../../schema/registry-config.ts'
import type { Settings } from '../../core/config.ts'
import type {
  ArtifactSource,
  KnownNames,
  ExpectedFile,
  LocalFile,
  Offer,
  PackageDocument,
  PackageSource,
  Registry,
  Release,
  News,
} from '../../core/ports.ts'
import { CpmError } from '../../core/errors.ts'
import { StagingArea } from '../../core/staging.ts'
import { settingsFolder } from '../../installer/find-project.ts'
import type { Session } from '../session.ts'
import { askForNews } from './ask-for-news.ts'
import { KnownNews } from './known-news.ts'
import { nearName, withNearName } from './near-names.ts'
import { openRegistry, type OpenParts } from './open-registry.ts'
import { defaultRegistry, type RegistryAddress, scopeRegistry } from './registry-choice.ts'

/** The id of a registry that does not exist yet. No real registry has it. */
export const NO_REGISTRY = '0'.repeat(32) as RegistryId

interface RegistriesParts extends OpenParts {
  /** `--registry` */
  flag: string | undefined
}

/**
 * The registries of a command, opened on first use. The scope of a name decides which registry it belongs to. No other
 * registry is ever asked, so that a public registry never sees a private name.
 */
export class Registries implements PackageSource, ArtifactSource, KnownNames {
  readonly #parts: RegistriesParts
  readonly #open = new Map<string, Promise<Registry | undefined>>()
  /** the address of each scope's registry; '' for names without a scope */
  readonly #addresses = new Map<string, RegistryAddress>()

  constructor(parts: RegistriesParts) {
    this.#parts = parts
  }

  /** Returns the default registry, for names whose scope has no registry. */
  async default(): Promise<Registry> {
    return await this.#required(this.defaultAddress())
  }

  defaultAddress(): RegistryAddress {
    return defaultRegistry(this.#choice())
  }

  /** Returns the registry that a name belongs to. @throws CpmError REGISTRY_INVALID if it does not exist yet */
  async of(name: PackageName): Promise<Registry> {
    return await this.#required(this.addressOf(name))
  }

  /** Returns the registry that a name belongs to, or undefined if it does not exist yet. */
  async find(name: PackageName): Promise<Registry | undefined> {
    return await this.#opened(this.addressOf(name))
  }

  /** Returns the one registry that all the names belong to. @throws CpmError USAGE if there are several */
  async ofAll(names: readonly PackageName[]): Promise<Registry> {
    return await this.#required(this.addressOfAll(names))
  }

  /** Returns the one registry that all the names belong to, or undefined if it does not exist yet. */
  async findAll(names: readonly PackageName[]): Promise<Registry | undefined> {
    return await this.#opened(this.addressOfAll(names))
  }

  /** Returns the address of that registry. @throws CpmError USAGE if there are several */
  addressOfAll(names: readonly PackageName[]): RegistryAddress {
    const places = new Map<string, PackageName[]>()
    for (const name of names) {
      const place = this.placeOf(name)
      places.set(place, [...(places.get(place) ?? []), name])
    }
    const [first] = names
    if (first === undefined) return this.defaultAddress()
    if (places.size === 1) return this.addressOf(first)
    const where = [...places].map(([place, group]) => `${group.join(', ')} to ${place}`)
    throw new CpmError('USAGE', `these packages belong to different registries: ${where.join('; ')}`, {
      hint: 'run one command for each registry',
      details: { registries: Object.fromEntries(places) },
    })
  }

  async registryOf(name: PackageName): Promise<RegistryId> {
    return (await this.find(name))?.id ?? NO_REGISTRY
  }

  async read(names: readonly PackageName[]): Promise<ReadonlyMap<PackageName, PackageDocument | null>> {
    const groups = await this.#grouped(names, (name) => name)
    const found = await Promise.all(groups.map(async ([registry, group]) => [...(await registry.read(group))]))
    return new Map(found.flat())
  }

  async offers(releases: readonly Release[]): Promise<(Offer | undefined)[]> {
    const groups = await this.#grouped(releases, ({ name }) => name)
    const found = new Map<Release, Offer | undefined>()
    await Promise.all(
      groups.map(async ([registry, group]) => {
        const offers = await registry.offers(group)
        group.forEach((release, index) => found.set(release, offers[index]))
      }),
    )
    return releases.map((release) => found.get(release))
  }

  async confirm(releases: readonly Release[]): Promise<void> {
    const groups = await this.#grouped(releases, ({ name }) => name)
    await Promise.all(groups.map(async ([registry, group]) => await registry.confirm?.(group)))
  }

  async archive(release: Release, expected: ExpectedFile): Promise<LocalFile> {
    return await (await this.of(release.name)).archive(release, expected)
  }

  placeOf(name: PackageName): string {
    return this.addressOf(name).place
  }

  async nearName(name: PackageName): Promise<PackageName | undefined> {
    return await nearName((await this.find(name))?.catalog, name)
  }

  async newsOf(releases: readonly Release[]): Promise<News> {
    const groups = new Map<string, { address: RegistryAddress; releases: Release[] }>()
    for (const release of releases) {
      const address = this.addressOf(release.name)
      const group = groups.get(address.place) ?? { address, releases: [] }
      groups.set(address.place, group)
      group.releases.push(release)
    }
    return await askForNews(
      [...groups].map(([registry, { address, releases }]) => ({
        registry,
        releases,
        open: () => this.#open.get(registry) ?? openRegistry(address, withoutRetries(this.#parts)),
        recall: () => openRegistry(address, { ...this.#parts, offline: true }),
        known: (id) => this.#knownNews(id),
      })),
    )
  }

  #knownNews(id: RegistryId): KnownNews {
    const { context, settings, staging } = this.#parts
    return new KnownNews(path.join(context.home(settings).cache, id, 'news.json'), staging)
  }

  /** Groups items by the registry that their names belong to. */
  async #grouped<T>(items: readonly T[], nameOf: (item: T) => PackageName): Promise<[Registry, T[]][]> {
    const groups = new Map<Registry, T[]>()
    for (const item of items) {
      const registry = await this.of(nameOf(item))
      const group = groups.get(registry)
      if (group) group.push(item)
      else groups.set(registry, [item])
    }
    return [...groups]
  }

  addressOf(name: PackageName): RegistryAddress {
    const scope = name.slice(0, name.indexOf('/') + 1)
    const known = this.#addresses.get(scope)
    if (known) return known
    const address = scopeRegistry(name, this.#choice()) ?? this.defaultAddress()
    this.#addresses.set(scope, address)
    return address
  }

  #choice() {
    const { context, settings, flag } = this.#parts
    return { settings, flag, env: context.env, cwd: context.cwd, embedded: context.home(settings).registry }
  }

  async #required(address: RegistryAddress): Promise<Registry> {
    const registry = await this.#opened(address)
    if (registry) return registry
    throw new CpmError('REGISTRY_INVALID', `no registry is configured, and there is none in ${address.place}`, {
      hint: 'choose one with --registry or CPM_REGISTRY; cpm publish creates one on this machine',
      details: { isDefaultMissing: true },
    })
  }

  #opened(address: RegistryAddress): Promise<Registry | undefined> {
    let registry = this.#open.get(address.place)
    if (!registry) {
      registry = openRegistry(address, this.#parts)
      this.#open.set(address.place, registry)
    }
    return registry
  }
}

/** Disables retries: news is optional and must not delay a command. */
function withoutRetries({ settings, ...parts }: RegistriesParts): RegistriesParts {
  return { ...parts, settings: { ...settings, network: { ...settings.network, retries: 0 } } }
}

/** Calls `work` with the registries that the settings select, including those of the current project. */
export async function withRegistries<T>(
  session: Session,
  { make, ...flags }: { registry?: string | undefined; lockTimeout?: number | undefined; make?: boolean },
  work: (registries: Registries, settings: Settings) => Promise<T>,
): Promise<T> {
  const settings = await session.config(settingsFolder(session.cwd))
  const staging = new StagingArea(path.join(session.home(settings).cache, 'tmp'))
  const lockTimeout = session.lockTimeout(settings, flags.lockTimeout)
  try {
    const parts = {
      context: session,
      settings,
      staging,
      flag: flags.registry,
      lockTimeout,
      offline: false,
      ...(make && { make }),
    }
    const registries = new Registries(parts)
    try {
      return await work(registries, settings)
    } catch (error) {
      throw await withNearName(registries, error)
    }
  } finally {
    staging.sweep()
  }
}
