import { CpmError } from '../../core/errors.ts'
import type { FunctionSpec } from '../../schema/specs/function-spec.ts'
import type { PayloadKind, WorkflowSpec } from '../../schema/specs/workflow.ts'
import { nodeAt, type RenderedNode } from '../templates/rendered.ts'

/** A published release, as an executor finds and proves it. */
export interface PackageIdentity {
  readonly name: string
  readonly version: string
  /** the digest that proves every file of it */
  readonly tree: string
  /** where it was published; a URL only where the registry has one that others can reach */
  readonly registry: { readonly id: string; readonly url?: string | undefined }
}

/** A package whose files must lie in ColonyFS, under a label, before its nodes are submitted. */
export interface Upload {
  readonly label: string
  readonly package: PackageIdentity
}

/**
 * Puts the files of packages where executors find them. Trees never change, so a label that is there needs nothing. The
 * engine for colonies brings one that works over the user's S3; nothing else has to know how.
 */
export interface PayloadUploader {
  upload(upload: Upload): Promise<void>
}

export interface Payloaded<T> {
  readonly spec: T
  readonly uploads: readonly Upload[]
}

/** Which release a package is; undefined where it is only a folder. */
export type FindIdentity = (name: string) => PackageIdentity | undefined

const MOUNT = '/cfs'

/**
 * Says in each node how its executor gets the package's files (docs/workflows.md, "Payload"). The local engine needs none of
 * it: the files are on this machine.
 * @throws CpmError WORKFLOW_INVALID when a package that must be fetched was never published
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
    return withFiles(node, label, identity)
  })
  return { spec: { ...spec, functions }, uploads: [...uploads.values()] }
}

/**
 * Puts what a workflow needs into ColonyFS.
 * @throws CpmError WORKFLOW_INVALID when there is something to upload and no place for it
 */
export async function uploadAll(uploads: readonly Upload[], uploader: PayloadUploader | undefined): Promise<void> {
  const [first] = uploads
  if (!first) return
  if (!uploader) {
    const { name } = first.package
    throw new CpmError(
      'WORKFLOW_INVALID',
      `the files of ${name} are to lie in ColonyFS, and no S3 is configured for it`,
      {
        hint: 'write payload: cpm, by which executors fetch the package from its registry',
      },
    )
  }
  for (const upload of uploads) await uploader.upload(upload)
}

/** The label of a tree in ColonyFS: the same content has the same one, whichever package or version brings it. */
export function labelOf(tree: string): string {
  return `/cpm/${tree.replace(':', '/')}`
}

/** The node of a workflow in the rendered document; a document that is a function alone is its own node. */
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

function withFiles(node: FunctionSpec, label: string, { name }: PackageIdentity): FunctionSpec {
  // What an executor changes in these files is its own: nothing of it may come back under the label of a tree.
  const dir = {
    label,
    dir: `/${name}`,
    keepfiles: false,
    onconflicts: { onstart: { keeplocal: false }, onclose: { keeplocal: true } },
  }
  return { ...node, fs: { ...node.fs, mount: node.fs?.mount ?? MOUNT, dirs: [...(node.fs?.dirs ?? []), dir] } }
}

function unpublished(name: string, payload: PayloadKind): CpmError {
  return new CpmError(
    'WORKFLOW_INVALID',
    `payload: ${payload} needs a published release of ${name || 'the package'}, and this is a folder`,
    { hint: `publish it and install it, then submit ${name || 'it'} by name` },
  )
}
