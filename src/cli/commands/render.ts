import path from 'node:path'
import { z } from 'zod'
import type { SpecDocument } from '../../schema/specs/documents.ts'
import { CpmError } from '../../core/errors.ts'
import { writeUserFile } from '../../core/user-files.ts'
import { problemText } from '../../core/yaml.ts'
import { type FindIdentity, withPayload } from '../../workflow/payload/payload.ts'
import { prepareDocument } from '../../workflow/prepare.ts'
import { printSpec, sourcesIn } from '../../workflow/specs/print-spec.ts'
import type { RenderedNode } from '../../workflow/templates/rendered.ts'
import { defineCommand } from '../define-command.ts'
import { identities } from '../package-identity.ts'
import { findPackage, packageOptions } from '../package-to-run.ts'
import { givenValues, valuesOptions, warnOfUnread } from '../values-options.ts'

export default defineCommand({
  name: 'render',
  summary: 'Show what a workflow becomes with its inputs, and run nothing',
  input: z.object({
    ...packageOptions,
    ...valuesOptions,
    workflow: z
      .string()
      .optional()
      .meta({ description: 'which workflow, where main.yaml is not meant', value: 'name' }),
    source: z.boolean().default(false).describe('say where each value comes from and which inputs it reads'),
    output: z.string().optional().meta({ description: 'write it to a file', value: 'file', short: 'o' }),
  }),
  positionals: ['target'],
  examples: [
    ['What the package in this folder would submit', 'cpm render . --set pattern=stripes'],
    ['Where each value of it comes from', 'cpm render . --source'],
  ],
  run: async (context, { target, registry, yes, workflow, source, output, ...values }) => {
    const { pool, signal, emit } = context
    const found = await findPackage(context, { target, registry, yes })
    const { root, manifest } = found
    const { packages } = found.project
    const given = await givenValues(context, found, values)
    const prepared = await prepareDocument({ pool, root, manifest, workflow, given, packages, signal })
    await warnOfUnread(context, found, given)
    const { warnings } = prepared
    const document = payloaded(prepared.document, prepared.source.root, await identities(context, found))
    if (!document)
      emit({
        type: 'warning',
        code: 'WORKFLOW_INVALID',
        message: 'the payload is not shown: only an installed release has one',
      })
    for (const warning of warnings) emit({ type: 'warning', code: 'WORKFLOW_INVALID', message: problemText(warning) })
    const text = printSpec(document ?? prepared.document, source ? prepared.source.root : undefined)
    const file = output === undefined ? undefined : path.resolve(context.cwd, output)
    if (file !== undefined) writeUserFile(file, text)
    return {
      name: manifest.name,
      version: manifest.version,
      workflow: prepared.source.file,
      spec: document ?? prepared.document,
      text,
      ...(source && { sources: sourcesIn(prepared.source.root) }),
      ...(file !== undefined && { file }),
    }
  },
  views: { human: ({ text, file }) => (file === undefined ? text.trimEnd() : `wrote ${file}`) },
})

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
