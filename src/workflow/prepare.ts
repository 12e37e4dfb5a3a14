import path from 'node:path'
import { CpmError } from '../core/errors.ts'
import type { Pool } from '../core/pool.ts'
import { inFolder, type Problem, problemsError } from '../core/yaml.ts'
import { isRunnable, type SpecDocument } from '../schema/specs/documents.ts'
import { checkSpec } from './specs/checks.ts'
import { type ValueOverrides, NO_OVERRIDES } from './values/value-overrides.ts'
import { inputsInFolder } from './values/dependency-inputs.ts'
import { emptyValues } from './values/fit-value.ts'
import type { MergedInputs } from './values/inputs.ts'
import { incompleteIn, type KnownInputs, knownInputs, knownInputsError } from './included-inputs.ts'
import { AS_WRITTEN, type PathPlan } from './values/paths.ts'
import { REFERENCES, type SecretPlan } from './values/secrets.ts'
import type { RenderedNode } from './templates/rendered.ts'
import { newRunId } from './run-id.ts'
import type { FunctionDocument, WorkflowSpec } from '../schema/specs/workflow.ts'
import { render } from './tasks.ts'
import type { RenderOutcome } from './tasks/render.ts'
import type { TemplateSource } from './templates/library.ts'
import {
  findPackages,
  type IncludedPackage,
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
  overrides?: ValueOverrides | undefined
  /** what the engine makes of secrets; without one they stay references */
  secrets?: SecretPlan | undefined
  /** what the engine makes of paths; without one they stay as they are written */
  paths?: PathPlan | undefined
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
  const { root, release = newRunId() } = options
  const file = `workflows/${chooseWorkflow(root, options.workflow)}`
  const known = knownOf(options)
  const outcome = await renderKnown({ ...options, release }, known).catch((error: unknown) => {
    throw error instanceof CpmError ? inFolder(error, root) : error
  })
  if ('lacking' in outcome) throw knownInputsError(known.inputs, outcome.lacking)
  const { root: source, spec, problems, warnings } = checkSpec(outcome.root, options)
  if (!spec) {
    const error = problemsError('WORKFLOW_INVALID', `${file} is not a workflow that would run as meant:`, problems)
    throw inFolder(error, root)
  }
  const included = [...known.packages.included.values()]
  return { document: spec, source: { file, root: source }, release, warnings, included }
}

/**
 * The packages that the document takes in, itself first, for which required values are missing; none where something is wrong,
 * which no answer mends. What depends on missing values is not known yet: with them there may be more.
 */
export async function lackingInputs(options: PrepareOptions): Promise<MergedInputs[]> {
  const known = knownOf(options)
  const { merged, wrong } = known.inputs
  const isMissing = [...merged.values()].some(({ missing }) => missing.length > 0)
  if (wrong.length > 0 || !isMissing) return []
  const outcome = await renderKnown(options, known)
  const lacking = 'lacking' in outcome ? outcome.lacking : []
  return [...merged].flatMap(([{ manifest }, inputs]) =>
    lacking.includes(manifest.name) && inputs.missing.length > 0 ? [inputs] : [],
  )
}

interface Known {
  readonly packages: WorkflowPackages
  readonly inputs: KnownInputs
}

function knownOf({ root, manifest, overrides = NO_OVERRIDES, ...options }: PrepareOptions): Known {
  const { secrets = REFERENCES, paths = AS_WRITTEN } = options
  const folder = options.packages ?? path.join(root, 'colony_packages')
  const packages = findPackages({ root, manifest }, folder)
  return { packages, inputs: knownInputs(packages, overrides, { find: inputsInFolder(folder), secrets, paths }) }
}

/** Renders with the values that are known: the outcome is the document, or which packages lack values or have wrong ones. */
async function renderKnown(options: PrepareOptions, { packages, inputs }: Known): Promise<RenderOutcome> {
  const { name } = packages.main.manifest
  const isWrong = inputs.wrong.length > 0
  const incomplete = isWrong ? [...new Set([name, ...incompleteIn(inputs)])] : incompleteIn(inputs)
  try {
    return await renderOnPool(options, sourcesWithValues(packages, inputs.seen, options), incomplete)
  } catch (error) {
    // Where values are wrong they are told first, and the template when they are right.
    if (isWrong && error instanceof CpmError && error.code === 'WORKFLOW_INVALID') return { lacking: [name] }
    throw error
  }
}

async function renderOnPool(
  { pool, root, signal, deadline = DEADLINE, ...options }: PrepareOptions,
  packages: [TemplateSource, ...TemplateSource[]],
  incomplete: readonly string[],
): Promise<RenderOutcome> {
  const workflow = chooseWorkflow(root, options.workflow)
  const limit = AbortSignal.timeout(deadline)
  const signals = { signal: signal ? AbortSignal.any([signal, limit]) : limit }
  return await pool.run(render, { workflow, packages, incomplete }, signals).catch((error: unknown) => {
    if (error instanceof CpmError || !limit.aborted || signal?.aborted) throw error
    throw new CpmError('WORKFLOW_INVALID', `rendering workflows/${workflow} took longer than ${deadline / 1000} s`, {
      cause: error,
    })
  })
}

/** The packages with what their expressions see. */
function sourcesWithValues(
  packages: WorkflowPackages,
  seen: KnownInputs['seen'],
  { release = newRunId(), colony }: Pick<PrepareOptions, 'release' | 'colony'>,
): [TemplateSource, ...TemplateSource[]] {
  const deps = Object.fromEntries([...packages.versions].map(([name, version]) => [name, { name, version }]))
  return sourcesOf(packages, (folder) => ({
    inputs: seen.get(folder)?.values ?? emptyValues(),
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
