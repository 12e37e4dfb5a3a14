import path from 'node:path'
import type { SpecDocument } from '../../schema/specs/documents.ts'
import { CpmError } from '../../core/errors.ts'
import { writeUserFile } from '../../core/user-files.ts'
import { problemWarning } from '../../core/problem-warning.ts'
import { type FindIdentity, withPayload } from '../../engines/colonyos/payload.ts'
import { prepareAll } from '../../workflow/prepare-all.ts'
import { prepareDocument, type PreparedDocument } from '../../workflow/prepare.ts'
import { printSpec, sourcesIn } from '../../workflow/specs/print-spec.ts'
import { requireWorkflows } from '../../workflow/templates/workflow-file.ts'
import type { RenderedNode } from '../../workflow/templates/rendered.ts'
import type { Session } from '../session.ts'
import type { ValuesOptions } from '../../workflow/values/value-overrides.ts'
import { runRenderHooks } from '../plugins/other-hooks.ts'
import { identities } from './package-identity.ts'
import { findPackage, type Target } from './find-package.ts'
import { askForOverrides, warnOfUnread } from './value-overrides.ts'

export interface RenderOptions extends Partial<Target>, ValuesOptions {
  /** the workflow; main.yaml by default */
  workflow?: string | undefined
  /** drop keys that ColonyOS does not know, with a warning, instead of rejecting them */
  dropUnknownKeys?: boolean
  /** render every workflow of the package, not only the one that would be submitted */
  all?: boolean
  /** report where each value comes from and which inputs it reads */
  source?: boolean
  /** the file to write; `-` writes no file */
  output?: string | undefined
}

/** The rendered workflow, or every rendered workflow of the package. */
export type RenderResult = Awaited<ReturnType<typeof render>>

/** Renders a workflow without running anything. @throws CpmError PACKAGE_NOT_FOUND, INPUT_INVALID, WORKFLOW_INVALID */
export async function render(session: Session, options: RenderOptions = {}) {
  const { target = '.', registry, yes = false, workflow, all = false, source = false, output, ...others } = options
  const { dropUnknownKeys: dropUnknown = false, ...values } = others
  const { pool, signal, emit } = session
  if (all && workflow !== undefined)
    throw new CpmError('USAGE', "--all and --workflow can't be used together", { hint: 'leave out one of them' })
  const found = await findPackage(session, { target, registry, yes })
  const { root, manifest } = found
  const { packages } = found.project
  const workflows = all ? requireWorkflows(root) : [workflow]
  const overrides = await askForOverrides(session, found, { ...values, workflows })
  const workflowOptions = { pool, root, manifest, overrides, packages, dropUnknown, signal }
  const prepared = all ? await prepareAll(workflowOptions) : [await prepareDocument({ ...workflowOptions, workflow })]
  await warnOfUnread(session, found, overrides)
  const identityOf = await identities(session, found)
  const shown = prepared.map((document) => show(document, { identityOf, source }))
  if (shown.some(({ isWhole }) => !isWhole)) warn(emit, 'the payload is not shown: only an installed release has one')
  for (const warning of prepared.flatMap(({ warnings }) => warnings))
    emit(problemWarning('WORKFLOW_INVALID', warning, root))
  const text = all ? shown.map(({ document }) => `# ${document.workflow}\n${document.text}`).join('---\n') : ''
  const documents = shown.map(({ document }) => document)
  for (const { workflow: file, spec } of documents) await runRenderHooks(session, found, { workflow: file, spec })
  const [first] = documents
  const file = output === undefined || output === '-' ? undefined : path.resolve(session.cwd, output)
  const of = { name: manifest.name, version: manifest.version }
  const result = all || !first ? { ...of, documents, text } : { ...of, ...first }
  if (file !== undefined) writeUserFile(file, result.text)
  return { ...result, ...(file !== undefined && { file }) }
}

function warn(emit: Session['emit'], message: string): void {
  emit({ type: 'warning', code: 'WORKFLOW_INVALID', message })
}

/** Formats a document for people and programs. It is not whole if its payload is unknown. */
function show(prepared: PreparedDocument, { identityOf, source }: { identityOf: FindIdentity; source: boolean }) {
  const { root, file: workflow } = prepared.source
  const whole = payloaded(prepared.document, root, identityOf)
  const spec = whole ?? prepared.document
  const text = printSpec(spec, source ? root : undefined)
  const document = { workflow, spec, text, ...(source && { sources: sourcesIn(root) }) }
  return { document, isWhole: whole !== undefined }
}

/** Returns the document as it would be sent, with its payload, or undefined if a package in it is not a release. */
function payloaded(document: SpecDocument, source: RenderedNode, identityOf: FindIdentity): SpecDocument | undefined {
  if (!('functions' in document)) return document
  try {
    return withPayload(document, source, identityOf).spec
  } catch (error) {
    if (error instanceof CpmError) return undefined
    throw error
  }
}
