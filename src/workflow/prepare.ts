import path from 'node:path'
import { CpmError } from '../core/errors.ts'
import type { Pool } from '../core/pool.ts'
import { type Problem, problemsError } from '../core/yaml.ts'
import { isRunnable, type SpecDocument } from '../schema/specs/documents.ts'
import { checkSpec } from './specs/checks.ts'
import { type GivenValues, NOTHING_GIVEN } from './values/given-values.ts'
import { inputsInFolder } from './values/dependency-inputs.ts'
import { emptyValues, type Values } from './values/fit-value.ts'
import { resolveIncluded } from './included-inputs.ts'
import { forExpressions, REFERENCES, type SecretPlan } from './values/secrets.ts'
import type { RenderedNode } from './templates/rendered.ts'
import { newRunId } from './run-id.ts'
import type { FunctionDocument, WorkflowSpec } from '../schema/specs/workflow.ts'
import { render } from './tasks.ts'
import type { PackageSource } from './templates/library.ts'
import {
  findPackages,
  type IncludedPackage,
  type PackageFolder,
  sourcesOf,
  type WorkflowManifest,
  type WorkflowPackages,
} from './templates/package-sources.ts'
import { chooseWorkflow } from './templates/workflow-file.ts'

export interface PrepareOptions {
  pool: Pool
  /** the package's folder, or a link to it */
  root: string
  manifest: WorkflowManifest
  /** which workflow, by its file's name with or without extension; main.yaml or the only one when left out */
  workflow?: string | undefined
  /** the values from outside the package; none when left out */
  given?: GivenValues | undefined
  /** what the engine makes of secrets; without one they stay references */
  secrets?: SecretPlan | undefined
  /** the folder with the packages installed for it; its own colony_packages when left out */
  packages?: string | undefined
  /** what `release.id` is; one is made when left out */
  release?: string | undefined
  /** what `colony.name` is; without a value when left out */
  colony?: string | undefined
  /** drops keys that ColonyOS does not know, with a warning, instead of refusing them */
  dropUnknown?: boolean | undefined
  signal?: AbortSignal | undefined
  /** milliseconds that rendering may take */
  deadline?: number
}

/** A document that was rendered and checked. */
export interface PreparedDocument {
  readonly document: SpecDocument
  /** the template, by its path in the package, and the rendered document, which knows where each value came from */
  readonly source: { readonly file: string; readonly root: RenderedNode }
  /** the id that expressions saw as `release.id`; the run is to be called so too */
  readonly release: string
  /** what is accepted and does not work on every server */
  readonly warnings: readonly Problem[]
  /** the packages whose workflows it includes */
  readonly included: readonly IncludedPackage[]
}

/** A workflow that is ready to be run. */
export interface PreparedWorkflow extends PreparedDocument {
  readonly spec: WorkflowSpec
}

const DEADLINE = 10_000

/**
 * Checks the inputs, renders the package's workflow on the pool and checks the outcome. Nothing of the package is run.
 * @throws CpmError INPUT_INVALID or WORKFLOW_INVALID, each with all of its problems
 */
export async function prepareWorkflow(options: PrepareOptions): Promise<PreparedWorkflow> {
  const prepared = await prepareDocument(options)
  const { document, source } = prepared
  if (isRunnable(document)) return { ...prepared, spec: asWorkflow(document) }
  throw new CpmError(
    'WORKFLOW_INVALID',
    `${source.file} is a ${document.kind}, which is not run once but added to a colony`,
  )
}

/**
 * The same for a document of any kind.
 * @throws CpmError INPUT_INVALID or WORKFLOW_INVALID, each with all of its problems
 */
export async function prepareDocument(options: PrepareOptions): Promise<PreparedDocument> {
  const { pool, root, manifest, given = NOTHING_GIVEN, signal, release = newRunId(), deadline = DEADLINE } = options
  const workflow = chooseWorkflow(root, options.workflow)
  const file = `workflows/${workflow}`
  const folder = options.packages ?? path.join(root, 'colony_packages')
  const found = findPackages({ root, manifest }, folder)
  const inputs = resolveIncluded(found, given, inputsInFolder(folder))
  const values = forExpressions(inputs, options.secrets ?? REFERENCES)
  const packages = sourcesWithValues(found, values, { release, colony: options.colony })
  const limit = AbortSignal.timeout(deadline)
  const rendered = await pool
    .run(render, { workflow, packages }, { signal: signal ? AbortSignal.any([signal, limit]) : limit })
    .catch((error: unknown) => {
      if (error instanceof CpmError || !limit.aborted || signal?.aborted) throw error
      throw new CpmError('WORKFLOW_INVALID', `rendering ${file} took longer than ${deadline / 1000} s`, {
        cause: error,
      })
    })
  const { root: source, spec, problems, warnings } = checkSpec(rendered, options)
  if (!spec) {
    throw problemsError('WORKFLOW_INVALID', `${file} is not a workflow that would run as meant:`, problems)
  }
  const included = [...found.included.values()]
  return { document: spec, source: { file, root: source }, release, warnings, included }
}

/** The packages with what their expressions see. */
function sourcesWithValues(
  packages: WorkflowPackages,
  values: ReadonlyMap<PackageFolder, Values>,
  { release, colony }: { release: string; colony: string | undefined },
): [PackageSource, ...PackageSource[]] {
  const deps = Object.fromEntries([...packages.versions].map(([name, version]) => [name, { name, version }]))
  return sourcesOf(packages, (folder) => ({
    inputs: values.get(folder) ?? emptyValues(),
    pkg: { name: folder.manifest.name, version: folder.manifest.version },
    release: { id: release },
    colony: { name: colony },
    deps: folder === packages.main ? deps : {},
  }))
}

/** A function alone is run as a workflow of one node. */
export function asWorkflow(spec: WorkflowSpec | FunctionDocument): WorkflowSpec {
  if (spec.kind === 'Workflow') return spec
  const { kind: _, payload, nodename, conditions, ...fields } = spec
  const node = { ...fields, nodename: nodename ?? 'function', conditions: { ...conditions, dependencies: [] } }
  return { kind: 'Workflow', ...(payload && { payload }), functions: [node] }
}
