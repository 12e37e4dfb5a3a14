import semver from 'semver'
import type { Published } from '../../schema/documents.ts'
import { mapConcurrently } from '../../core/concurrency.ts'
import { CpmError } from '../../core/errors.ts'
import { keyOf, manifestName, placesOf } from '../../installer/places.ts'
import { requireFittingMembers } from '../../installer/workspace/fitting-members.ts'
import { readRoots, type ReadRoot, rootsOf } from '../../installer/workspace/read-roots.ts'
import { refusePathDependencies } from '../../package/manifest.ts'
import { planPack } from '../../package/pack-folder.ts'
import type { NamedSource } from '../../package/prepare-upload.ts'
import { requireOwnScope } from '../project/scope.ts'
import { PolicyGate } from '../policy/policy-gate.ts'
import { refuseMissing } from '../registries/open-registry.ts'
import { type Registries, withRegistries } from '../registries/registries.ts'
import type { Session } from '../session.ts'
import { membersBelow } from './check-folder.ts'
import { contentsOf, planPublication, treeIn } from './plan-publication.ts'
import type { PublishOptions } from './publish.ts'
import { requirePublishable } from './publishable.ts'
import { publishReady } from './publish-ready.ts'
import { inBatches, inDependencyOrder, type PublishableMember } from './workspace-order.ts'

export interface PublishWorkspaceOptions extends Omit<PublishOptions, 'sources'> {
  /** only these members */
  filter?: readonly string[] | undefined
}

/** What became of a member, in the order of publication. */
export interface MemberPublication extends Published {
  /** its path in the workspace */
  readonly path: string
  /** the registry that it belongs to */
  readonly place: string
}

type Result = MemberPublication[]

/**
 * Publishes the members of a workspace whose version is not published yet, each after those that it depends on. All of
 * them are checked before the first is published. Members that belong to one registry are published together or not at
 * all; after a failure, the same command continues with the others.
 * @throws CpmError the errors of `publish`; if some members are already published, the message says which
 */
export async function publishWorkspace(session: Session, options: PublishWorkspaceOptions = {}) {
  const { key, allow = [], test = true, dryRun = false, filter, ...flags } = options
  const { members, unversioned } = publishableMembers(session, filter)
  return await withRegistries(session, { ...flags, make: !dryRun }, async (registries, settings) => {
    for (const { manifest } of members) {
      refuseMissing(registries.addressOfAll([manifest.name]), settings)
      refusePathDependencies(manifest)
    }
    const gate = new PolicyGate({ session, settings, registries })
    await gate.checkPublication(members.map(({ manifest }) => manifest))
    const { missing, published } = await divided(session, members, registries, allow)
    await requireDependencies(missing, published, registries)
    const ready = await mapConcurrently(missing, session.pool.parallel, async (member): Promise<NamedSource> => {
      const source = { source: member.folder, isFolder: true, name: member.manifest.name, manifest: member.manifest }
      return { ...source, plan: await requirePublishable(session, source, { allow, test }) }
    })
    const batches = inBatches(ready, (name) => registries.placeOf(name))
    const pathOf = new Map(members.map(({ manifest: { name }, path }) => [name, path]))
    const done: Result = []
    const note = (batch: readonly Published[]) => {
      for (const each of batch)
        done.push({ ...each, path: pathOf.get(each.name) ?? '', place: registries.placeOf(each.name) })
    }
    for (const [number, batch] of batches.entries()) {
      if (dryRun) {
        const registry = await registries.findAll(batch.map(({ name }) => name))
        note((await planPublication(batch, registry, session.pool)).map(bare))
        continue
      }
      try {
        const parts = { registries, settings, key, allow, lockTimeout: flags.lockTimeout }
        note((await publishReady(session, batch, parts)).packages)
      } catch (error) {
        throw withProgress(error, done, batches.slice(number).flat())
      }
    }
    return { dryRun, packages: done, alreadyPublished: published.map(summary), withoutVersion: unversioned }
  })
}

function bare({ name, version, tree, outcome }: Published): Published {
  return { name, version, tree, outcome }
}

function summary({ path, manifest: { name, version } }: PublishableMember) {
  return { name, version, path }
}

/** Returns the selected members that have a version, sorted, and the paths of the others, which are never published. */
function publishableMembers(session: Session, filter: readonly string[] | undefined) {
  const scope = requireOwnScope(session, { filter })
  if (scope.members.length === 0)
    throw new CpmError('USAGE', '--workspace publishes the members of a workspace, and this project is in none', {
      hint: 'declare one in colony.yaml: workspace: { members: [packages/*] }',
    })
  const all = readRoots(placesOf(scope))
  requireFittingMembers(rootsOf(all))
  const selected = all.filter(
    ({ project }) => !scope.filtered || scope.filtered.some((one) => keyOf(one) === keyOf(project)),
  )
  const members = selected.flatMap(asPublishable)
  const rest = selected.filter((root) => asPublishable(root).length === 0)
  const [first] = rest
  if (members.length === 0 && first)
    throw new CpmError(
      'MANIFEST_INVALID',
      `${manifestName(first.project)} has no version, so there is nothing to publish`,
      {
        hint: 'add a line such as  version: 0.1.0',
      },
    )
  return { members: inDependencyOrder(members), unversioned: rest.map(({ project }) => keyOf(project)) }
}

function asPublishable({ project, manifest }: ReadRoot): PublishableMember[] {
  const { name, version } = manifest
  if (name === undefined || version === undefined) return []
  return [{ path: keyOf(project), folder: project.root, manifest: { ...manifest, name, version } }]
}

/** Divides members into those that are published and the others. Warns of those that have changed since. */
async function divided(
  session: Session,
  members: readonly PublishableMember[],
  registries: Registries,
  allow: readonly string[],
) {
  const trees = await mapConcurrently(members, session.pool.parallel, async ({ manifest: { name, version } }) =>
    treeIn(await registries.find(name), { name, version }),
  )
  const published = members.filter((_, number) => trees[number] !== undefined)
  await mapConcurrently(published, session.pool.parallel, async (member) => {
    const tree = trees[members.indexOf(member)]
    if ((await treeOf(session, member, allow)) !== tree) session.emit(changedSince(member))
  })
  return { missing: members.filter((_, number) => trees[number] === undefined), published }
}

/** Returns the tree of a folder, or undefined if it can't be packed. */
async function treeOf(session: Session, { folder, manifest }: PublishableMember, allow: readonly string[]) {
  const home = session.homeIfAny(await session.config())
  try {
    const plan = await planPack(folder, { pool: session.pool, allow, home, members: membersBelow(folder) })
    const source = { source: folder, isFolder: true, name: manifest.name, manifest, plan }
    return (await contentsOf(source, session.pool)).tree
  } catch (error) {
    if (error instanceof CpmError) return undefined
    throw error
  }
}

function changedSince({ path, manifest: { name, version } }: PublishableMember) {
  return {
    type: 'warning',
    code: 'VERSION_EXISTS',
    message: `${name}@${version} is already published, and ${path} has other contents now`,
    hint: `raise the version in ${path === '.' ? '' : `${path}/`}colony.yaml to publish them`,
  } as const
}

/** Checks that what members depend on is published, or will be. @throws CpmError PACKAGE_NOT_FOUND */
async function requireDependencies(
  missing: readonly PublishableMember[],
  published: readonly PublishableMember[],
  registries: Registries,
): Promise<void> {
  const known = new Set([...missing, ...published].map(({ manifest }) => manifest.name))
  for (const { manifest } of missing) {
    for (const { name, requirement, optional } of manifest.dependencies) {
      if (optional || known.has(name)) continue
      const registry = await registries.find(name)
      const document = (await registry?.read([name]))?.get(name)
      if (document?.candidates.some(({ version }) => semver.satisfies(version, requirement))) continue
      throw new CpmError(
        'PACKAGE_NOT_FOUND',
        `${manifest.name} depends on ${name} ${requirement}, which is not published`,
        {
          hint: `publish it first, or together: --filter ${name}`,
          details: { name: manifest.name, dependency: name, requirement },
        },
      )
    }
  }
}

/** Adds to an error what was published before it, and what was not. */
function withProgress(error: unknown, done: Result, left: readonly NamedSource[]): unknown {
  if (!(error instanceof CpmError)) return error
  const published = done.map(({ name, version }) => `${name}@${version}`)
  const notPublished = left.map(({ name, manifest }) => `${name}@${manifest.version}`)
  const lines = [`not published: ${notPublished.join(', ')}`]
  if (published.length > 0) lines.unshift(`published: ${published.join(', ')}`)
  const { code, message, hint, details } = error
  return new CpmError(code, [message, ...lines].join('\n'), {
    hint: hint ?? 'run the command again: it continues with what is not published',
    details: { ...details, published, notPublished },
    cause: error,
  })
}
