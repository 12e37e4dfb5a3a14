import fs from 'node:fs'
import path from 'node:path'
import type { PackageInfo, PackagePage, PackageSummary, VersionInfo, VersionSummary } from '../schema/documents.ts'
import { writeDependencies } from '../schema/dependency.ts'
import type { Emit } from '../schema/events.ts'
import type { PublishRecord } from '../schema/index-record.ts'
import { isPackageName, type PackageName } from '../schema/name.ts'
import type { PackageQuery } from '../schema/routes/packages.ts'
import type { Version } from '../schema/version.ts'
import { namesIn } from '../core/atomic-file.ts'
import { CpmError } from '../core/errors.ts'
import { mapConcurrently } from '../core/concurrency.ts'
import type { Pool } from '../core/pool.ts'
import type { RegistrySearch, Release } from '../core/ports.ts'
import { readRegular } from '../core/regular-file.ts'
import { safeJoin } from '../core/safe-path.ts'
import { readEnvelope } from '../package/signed-envelope.ts'
import { type PackageIndex, parseIndex } from './index-file.ts'
import { envelopeKey, indexKey } from './layout.ts'
import { ManifestFactsCache, NO_FACTS } from './manifest-facts.ts'
import { newestVersion } from './newest.ts'
import { readChain } from './publish.ts'
import { statusOf } from './release-status.ts'

/** Lists, searches and package details of a folder registry, for people. */
export class Catalog implements RegistrySearch {
  readonly facts: ManifestFactsCache
  readonly #registry: string
  readonly #pool: Pool
  readonly #emit: Emit
  /** names with an unreadable index, with the error */
  readonly #damaged = new Map<PackageName, string>()
  /** summaries by name, valid while the index has the same length */
  readonly #summaries = new Map<PackageName, { length: number; summary: PackageSummary }>()

  constructor(registry: string, pool: Pool, emit: Emit) {
    this.#registry = registry
    this.#pool = pool
    this.#emit = emit
    this.facts = new ManifestFactsCache(registry, pool)
  }

  /**
   * Returns one page of the matching packages, sorted by name.
   * @param isListed excludes names as if they did not exist
   */
  async search(
    { text, keyword, author, after, limit }: PackageQuery,
    isListed: (name: PackageName) => boolean = () => true,
  ): Promise<PackagePage> {
    const words = (text ?? '').toLowerCase().split(/\s+/).filter(Boolean)
    const all = await mapConcurrently(this.#names().filter(isListed), this.#pool.parallel, (name) =>
      this.#summaryInList(name),
    )
    const fitting = all.filter((summary): summary is PackageSummary => {
      if (!summary) return false
      const { name, description, keywords, authors } = summary
      const haystack = [name, description, ...keywords].join('\n').toLowerCase()
      return (
        words.every((word) => haystack.includes(word)) &&
        (keyword === undefined || keywords.includes(keyword)) &&
        (author === undefined || authors.some((entry) => entry.toLowerCase().includes(author.toLowerCase())))
      )
    })
    const rest = after === undefined ? fitting : fitting.filter(({ name }) => name > after)
    const packages = rest.slice(0, limit)
    return {
      packages,
      total: fitting.length,
      next: rest.length > packages.length ? (packages.at(-1)?.name ?? null) : null,
    }
  }

  async describe(name: PackageName): Promise<PackageInfo | undefined> {
    const index = this.#index(name)
    const summary = await this.#summary(name)
    const newest = summary && index?.releases.get(summary.version)
    if (!index || !newest) return undefined
    const { homepage, repository } = (await this.facts.read(name, newest.version, newest.tree)) ?? NO_FACTS
    const owners = readChain(this.#registry, name).at(-1)?.keys ?? []
    const releases = [...index.releases.values()].map((record) => versionSummary(index, record))
    return { ...summary, homepage, repository, owners, releases }
  }

  async describeVersion({ name, version }: Release): Promise<VersionInfo | undefined> {
    const index = this.#index(name)
    const record = index?.releases.get(version)
    const envelope = record && readRegular(safeJoin(this.#registry, envelopeKey(name, version)))
    if (!index || !envelope) return undefined
    const facts = (await this.facts.read(name, version, record.tree)) ?? NO_FACTS
    const { statement, signers } = readEnvelope(envelope, `${name}@${version}`)
    return {
      name,
      ...facts,
      ...versionSummary(index, record),
      dependencies: writeDependencies(record.dependencies),
      features: Object.fromEntries(Object.entries(record.features).map(([feature, names]) => [feature, [...names]])),
      files: statement.predicate.files,
      envelope: record.envelope,
      signers: [...signers],
    }
  }

  /** A name with a damaged index doesn't break a list: it is left out and reported once. */
  async #summaryInList(name: PackageName): Promise<PackageSummary | undefined> {
    try {
      const summary = await this.#summary(name)
      this.#damaged.delete(name)
      return summary
    } catch (error) {
      if (!(error instanceof CpmError)) throw error
      const { code, message, hint } = error
      if (this.#damaged.get(name) !== message)
        this.#emit({
          type: 'warning',
          code,
          message: `${name} is left out of lists: ${message}`,
          ...(hint !== undefined && { hint }),
        })
      this.#damaged.set(name, message)
      return undefined
    }
  }

  async #summary(name: PackageName): Promise<PackageSummary | undefined> {
    const index = this.#index(name)
    const kept = this.#summaries.get(name)
    if (index && kept?.length === index.length) return kept.summary
    const newest = index && newestVersion(index)
    const record = newest && index.releases.get(newest)
    if (!record) return undefined
    const facts = await this.facts.read(name, record.version, record.tree)
    const { description, keywords, authors, license } = facts ?? NO_FACTS
    const statuses = [...index.releases.keys()].map((version: Version) => statusOf(index.statuses.get(version)))
    const summary: PackageSummary = {
      name,
      version: record.version,
      description,
      keywords,
      authors,
      license,
      publishedAt: record.publishedAt,
      versions: index.releases.size,
      yanked: statuses.every(({ yanked }) => yanked),
      deprecated: statusOf(index.statuses.get(record.version)).deprecated,
    }
    if (facts) this.#summaries.set(name, { length: index.length, summary })
    return summary
  }

  #index(name: PackageName): PackageIndex | undefined {
    const bytes = readRegular(safeJoin(this.#registry, indexKey(name)))
    return bytes && parseIndex(name, bytes)
  }

  #names(): PackageName[] {
    const root = path.join(this.#registry, 'index')
    return namesIn(root)
      .flatMap((entry) =>
        entry.startsWith('@') && fs.statSync(path.join(root, entry), { throwIfNoEntry: false })?.isDirectory() === true
          ? namesIn(path.join(root, entry)).map((name) => `${entry}/${name}`)
          : [entry],
      )
      .filter(isPackageName)
      .sort()
  }
}

function versionSummary(index: PackageIndex, record: PublishRecord): VersionSummary {
  const { version, publishedAt, tree, size, archiveSize } = record
  return { version, publishedAt, tree, size, archiveSize, ...statusOf(index.statuses.get(version)) }
}
