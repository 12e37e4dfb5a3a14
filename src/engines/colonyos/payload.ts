import { CpmError } from '../../core/errors.ts'
import type { FunctionSpec } from '../../schema/specs/function-spec.ts'
import type { PayloadKind, WorkflowSpec } from '../../schema/specs/workflow.ts'
import { nodeAt, type RenderedNode } from '../../workflow/templates/rendered.ts'

/** A published release, with what an executor needs to find and verify it. */
export interface PackageIdentity {
  readonly name: string
  readonly version: string
  /** the digest that verifies all of its files */
  readonly tree: string
  /** where it was published; with a URL only if others can reach the registry */
  readonly registry: { readonly id: string; readonly url?: string | undefined }
}

/** A package whose files must be in ColonyFS, under a label, before its nodes are submitted. */
export interface Upload {
  readonly label: string
  readonly package: PackageIdentity
}

/** An upload whose local files are checked. */
export interface PlannedUpload {
  /**
   * Uploads the files, unless they are there already.
   * @returns the id of the snapshot that pins them
   */
  send(): Promise<string>
}

/**
 * Uploads the files of packages to where executors find them. Trees never change, so an existing label needs no upload.
 * The CLI supplies an uploader for the user's S3; no other module knows how uploads work.
 */
export interface PayloadUploader {
  /** Checks the package without sending anything. */
  plan(upload: Upload): Promise<PlannedUpload>
}

export interface Payloaded<T> {
  readonly spec: T
  readonly uploads: readonly Upload[]
}

/** Returns the release of a package, or undefined if it is only a folder. */
export type FindIdentity = (name: string) => PackageIdentity | undefined

const MOUNT = '/cfs'
/**
 * Where the files of a node's package are below the mount. Executors insert the id of the process, so that processes
 * don't share a folder.
 */
const FOLDER = '/cpm/{processid}'
/** A placeholder for a snapshot until its files are uploaded. */
export const NOT_UPLOADED = '(known once the files are uploaded)'

/**
 * Tells each node how its executor gets the files of the package (docs/workflows.md, "Payload"). The local engine
 * doesn't need this: the files are on this machine.
 * @throws CpmError WORKFLOW_INVALID if a package that must be fetched was never published
 */
export function withPayload<T extends Pick<WorkflowSpec, 'functions'>>(
  spec: T,
  source: RenderedNode,
  identityOf: FindIdentity,
): Payloaded<T> {
  const uploads = new Map<string, Upload>()
  const functions = spec.functions.map((node, index): FunctionSpec => {
    const { package: name, payload } = originOf(source, index)
    if (payload === 'none' || payload === 'image') return node
    const identity = identityOf(name)
    if (!identity) throw unpublished(name, payload)
    if (payload === 'cpm') return withCpm(node, identity)
    const label = labelOf(identity.tree)
    uploads.set(label, { label, package: identity })
    return withFiles(node, label)
  })
  return { spec: { ...spec, functions }, uploads: [...uploads.values()] }
}

/**
 * Uploads everything that a workflow needs to ColonyFS: checks all of it, then sends it.
 * @param openUploader called only if there is something to upload
 * @returns the nodes, referring to the uploaded files
 */
export async function uploadAll<T extends Pick<WorkflowSpec, 'functions'>>(
  { spec, uploads }: Payloaded<T>,
  openUploader: () => Promise<PayloadUploader>,
): Promise<T> {
  if (uploads.length === 0) return spec
  const uploader = await openUploader()
  const planned = new Map<string, PlannedUpload>()
  for (const upload of uploads) planned.set(upload.label, await uploader.plan(upload))
  const snapshots = new Map<string, string>()
  for (const [label, upload] of planned) snapshots.set(label, await upload.send())
  return { ...spec, functions: spec.functions.map((node) => withSnapshots(node, snapshots)) }
}

function withSnapshots(node: FunctionSpec, ids: ReadonlyMap<string, string>): FunctionSpec {
  if (!node.fs?.snapshots) return node
  const snapshots = node.fs.snapshots.map((mount) =>
    mount.snapshotid === NOT_UPLOADED ? { ...mount, snapshotid: ids.get(mount.label) ?? '' } : mount,
  )
  return { ...node, fs: { ...node.fs, snapshots } }
}

/** Returns the label of a tree in ColonyFS. The same content has the same label in every package and version. */
export function labelOf(tree: string): string {
  return `/cpm/${tree.replace(':', '/')}`
}

/** Returns the origin of a node in the rendered document. A document with a single function is its own node. */
function originOf(source: RenderedNode, index: number) {
  const functions = nodeAt(source, ['functions'])
  const node = functions.kind === 'list' ? functions.items[index] : source
  return node?.origin ?? source.origin ?? { package: '', payload: 'none' as const }
}

function withCpm(node: FunctionSpec, { name, version, tree, registry }: PackageIdentity): FunctionSpec {
  const cpm = {
    name,
    version,
    tree,
    registry: { id: registry.id, ...(registry.url !== undefined && { url: registry.url }) },
  }
  return { ...node, kwargs: { ...node.kwargs, cpm } }
}

/**
 * Adds the package's files as a snapshot. In a synchronized folder, executors would write back what a process leaves,
 * and the label would no longer match the tree. The snapshot is kept for other nodes and later runs.
 */
function withFiles(node: FunctionSpec, label: string): FunctionSpec {
  const pinned = { snapshotid: NOT_UPLOADED, label, dir: FOLDER, keepfiles: false, keepsnapshot: true }
  const { fs } = node
  return { ...node, fs: { ...fs, mount: fs?.mount ?? MOUNT, snapshots: [...(fs?.snapshots ?? []), pinned] } }
}

function unpublished(name: string, payload: PayloadKind): CpmError {
  return new CpmError(
    'WORKFLOW_INVALID',
    `payload: ${payload} needs a published release of ${name || 'the package'}, but this is a folder`,
    { hint: `publish and install it, then submit ${name || 'it'} by name` },
  )
}
