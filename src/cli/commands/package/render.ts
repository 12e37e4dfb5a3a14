import path from 'node:path'
import { z } from 'zod'
import type { SpecDocument } from '../../../schema/specs/documents.ts'
import { CpmError } from '../../../core/errors.ts'
import { writeUserFile } from '../../../core/user-files.ts'
import { problemText } from '../../../core/yaml.ts'
import { type FindIdentity, withPayload } from '../../../engines/colonyos/payload.ts'
import { prepareAll } from '../../../workflow/prepare-all.ts'
import { prepareDocument, type PreparedDocument } from '../../../workflow/prepare.ts'
import { printSpec, sourcesIn } from '../../../workflow/specs/print-spec.ts'
import { requireWorkflows } from '../../../workflow/templates/workflow-file.ts'
import type { RenderedNode } from '../../../workflow/templates/rendered.ts'
import type { Session } from '../../../operations/session.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { dropUnknownKeys, packageOptions, valuesOptions } from '../../shell/options.ts'
import { identities } from '../../../operations/packages/package-identity.ts'
import { findPackage } from '../../../operations/packages/find-package.ts'
import { givenValues, warnOfUnread } from '../../../operations/packages/given-values.ts'

export default defineCommand({
  input: z.object({
    ...packageOptions,
    ...valuesOptions,
    workflow: z
      .string()
      .optional()
      .meta({ description: 'which workflow, where main.yaml is not meant', value: 'name' }),
    dropUnknownKeys,
    all: z.boolean().default(false).describe('every document of the package, not only the one that would be submitted'),
    source: z.boolean().default(false).describe('say where each value comes from and which inputs it reads'),
    output: z
      .string()
      .optional()
      .meta({ description: 'write it to a file; - is standard output', value: 'file', short: 'o' }),
  }),
  positionals: ['target'],
  examples: [
    ['What the package in this folder would submit', 'cpm render . --set pattern=stripes'],
    ['Every document of it', 'cpm render . --all'],
    ['Where each value of it comes from', 'cpm render . --source'],
  ],
  run: async (
    context,
    { target, registry, yes, workflow, all, source, output, dropUnknownKeys: dropUnknown, ...values },
  ) => {
    const { pool, signal, emit } = context
    if (all && workflow !== undefined)
      throw new CpmError('USAGE', '--all renders every document, and --workflow one of them', { hint: 'leave out one' })
    const found = await findPackage(context, { target, registry, yes })
    const { root, manifest } = found
    const { packages } = found.project
    const given = await givenValues(context, found, { ...values, workflows: all ? requireWorkflows(root) : [workflow] })
    const options = { pool, root, manifest, given, packages, dropUnknown, signal }
    const prepared = all ? await prepareAll(options) : [await prepareDocument({ ...options, workflow })]
    await warnOfUnread(context, found, given)
    const identityOf = await identities(context, found)
    const shown = prepared.map((document) => show(document, { identityOf, source }))
    if (shown.some(({ isWhole }) => !isWhole)) warn(emit, 'the payload is not shown: only an installed release has one')
    for (const warning of prepared.flatMap(({ warnings }) => warnings)) warn(emit, problemText(warning))
    const text = all ? shown.map(({ document }) => `# ${document.workflow}\n${document.text}`).join('---\n') : ''
    const documents = shown.map(({ document }) => document)
    const [first] = documents
    const file = output === undefined || output === '-' ? undefined : path.resolve(context.cwd, output)
    const of = { name: manifest.name, version: manifest.version }
    const result = all || !first ? { ...of, documents, text } : { ...of, ...first }
    if (file !== undefined) writeUserFile(file, result.text)
    return { ...result, ...(file !== undefined && { file }) }
  },
  views: { human: ({ text, file }) => (file === undefined ? text.trimEnd() : `wrote ${file}`) },
})

function warn(emit: Session['emit'], message: string): void {
  emit({ type: 'warning', code: 'WORKFLOW_INVALID', message })
}

/** A document as people and programs see it; not whole where its payload can't be told. */
function show(prepared: PreparedDocument, { identityOf, source }: { identityOf: FindIdentity; source: boolean }) {
  const { root, file: workflow } = prepared.source
  const whole = payloaded(prepared.document, root, identityOf)
  const spec = whole ?? prepared.document
  const text = printSpec(spec, source ? root : undefined)
  const document = { workflow, spec, text, ...(source && { sources: sourcesIn(root) }) }
  return { document, isWhole: whole !== undefined }
}

/** The document with its payload, as it would be sent; undefined where a package in it is no release yet. */
function payloaded(document: SpecDocument, source: RenderedNode, identityOf: FindIdentity): SpecDocument | undefined {
  if (!('functions' in document)) return document
  try {
    return withPayload(document, source, identityOf).spec
  } catch (error) {
    if (error instanceof CpmError) return undefined
    throw error
  }
}
