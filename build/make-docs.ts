/** `npm run docs`: writes the generated pages of docs/, and the table of commands that completion reads. A test fails when they are out of date. */
import fs from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { kebab } from '../src/cli/shell/kebab.ts'
import { COMMANDS, loadCommand } from '../src/cli/shell/commands.ts'
import type { Command } from '../src/cli/shell/define-command.ts'
import { aliasesOf } from '../src/cli/shell/command-list.ts'
import { ERROR_EXAMPLES } from '../src/schema/error-examples.ts'
import { EXIT, ERRORS } from '../src/schema/errors.ts'
import { manifestSchema } from '../src/schema/manifest-schema.ts'
import { DEFAULT_LIMITS, UNPACKED_AT_LEAST } from '../src/package/limits.ts'
import { MAX_MANIFEST_BYTES } from '../src/package/manifest.ts'
import { MAX_NODES } from '../src/schema/specs/workflow.ts'
import { OUTPUT_LIMITS } from '../src/workflow/templates/result.ts'
import { MAX_INPUT_BYTES } from '../src/engines/local/joined-inputs.ts'
import { MOST_VARIABLE_BYTES } from '../src/engines/local/demand.ts'
import { MAX_OUTPUT_BYTES } from '../src/engines/local/run-node.ts'
import { openApiDocument } from '../server/http/openapi.ts'
import { formatMarkdown } from './markdown.ts'
import { commandTable } from './command-table.ts'
import { manPage } from './man-page.ts'
import { securityPage } from './security-page.ts'

const DOCS = path.resolve(import.meta.dirname, '../docs')

export async function makeDocs(): Promise<Map<string, string>> {
  return new Map([
    ['errors.md', await formatMarkdown(errorsPage())],
    ['cli.md', await formatMarkdown(await cliPage())],
    ['manifest.md', await formatMarkdown(manifestPage())],
    ['security.md', await formatMarkdown(securityPage())],
    ['../src/cli/completion/command-table.ts', await commandTable()],
    ['../man/cpm.1', await manPage()],
    ['openapi.json', `${JSON.stringify(openApiDocument(), null, 2)}\n`],
  ])
}

function errorsPage(): string {
  const rows = Object.entries(ERRORS).map(
    ([code, { exit, about, help }]) => `| \`${code}\` | ${EXIT[exit]} | ${about} ${help} |`,
  )
  const examples = Object.entries(ERROR_EXAMPLES).map(
    ([code, { before, after }]) => `| \`${code}\` | ${cell(before)} | ${cell(after)} |`,
  )
  const statuses = Object.entries(EXIT).map(
    ([name, status]) => `| ${status} | ${STATUS_MEANS[name as keyof typeof EXIT]} |`,
  )
  return `# Errors and exit statuses

Generated from \`src/schema/errors.ts\` by \`npm run docs\`. A code never changes its meaning. \`cpm help <CODE>\` prints the same offline.

| status | meaning |
|---|---|
${statuses.join('\n')}

| code | status | meaning and fix |
|---|---|---|
${rows.join('\n')}

| code | before | after |
|---|---|---|
${examples.join('\n')}
`
}

interface KeySchema {
  readonly description?: string
  readonly default?: unknown
}

function manifestPage(): string {
  const { properties } = manifestSchema() as { properties: Record<string, KeySchema> } // the output of toJSONSchema
  const rows = Object.entries(properties).map(([key, { description = '', default: usual }]) => {
    const value = usual === undefined ? '' : `\`${JSON.stringify(usual)}\``
    return `| \`${key}\` | ${description} | ${value} |`
  })
  const { files, folders, pathBytes, packedBytes, unpackedBytes, ratio } = DEFAULT_LIMITS
  const KiB = 1024
  const MiB = 1024 * KiB
  return `# colony.yaml

Generated from \`src/schema/manifest.ts\` by \`npm run docs\`. A package needs \`apiVersion\`, \`name\` and \`version\`; a project that only uses packages needs \`apiVersion\`.

    apiVersion: v1
    name: thumbnails
    version: 1.0.0
    description: Makes thumbnails of pictures
    license: MIT
    maintainers: [{ name: Ada, email: ada@example.org }]
    dependencies: { image-tools: ^1.0.0 }
    inputs:
      - { key: size, type: integer, description: Edge in pixels, default: 64, min: 1, max: 4096 }
    functions:
      - { executortype: image, name: scale, command: [bin/scale] }
    executables: [bin/scale]

| key | meaning | default |
|---|---|---|
${rows.join('\n')}

## What is packed

All files in the folder that match \`files\` and that no ignore file excludes. A folder's ignore file is its \`.cpmignore\` or, without one, its \`.gitignore\`. Ignore files work as in
git: they apply to their folder and everything below, deeper ones take precedence, and files in an excluded folder can't be included again. Ignore files above the package's folder don't
count. An empty \`.cpmignore\` next to a \`.gitignore\` excludes nothing. Ignore files, version control, installed packages, cpm's configuration and archives that \`cpm pack\` wrote into the folder are never packed; links and secrets
are refused.

File modes are not packed. A file is executable if it starts with \`#!\` or is listed in \`executables\`.

## Limits

| what | limit |
|---|---|
| files in a package | ${files} |
| folders in a package | ${folders} |
| paths of all files and folders | ${pathBytes / MiB} MiB together |
| archive, packed | ${packedBytes / MiB} MiB |
| archive, unpacked | ${unpackedBytes / MiB} MiB, and ${UNPACKED_AT_LEAST / MiB} MiB plus ${ratio} times the packed size |
| colony.yaml | ${MAX_MANIFEST_BYTES / KiB} KiB |
| nodes in a workflow | ${MAX_NODES} |
| rendered document | ${OUTPUT_LIMITS.values} values (keys count too), ${OUTPUT_LIMITS.depth} levels, ${OUTPUT_LIMITS.text / MiB} MiB of text |
| joined outputs of a node's parents, on this machine | ${MAX_INPUT_BYTES / MiB} MiB |
| output of a node, on this machine | ${MAX_OUTPUT_BYTES / MiB} MiB |
| environment variable, on Linux | ${MOST_VARIABLE_BYTES / KiB} KiB |

## In an editor

\`cpm schema manifest\` prints the JSON Schema of this file, \`cpm schema workflow\` that of the documents in \`workflows/\`, \`cpm schema tests\` that of the files in \`tests/\`, and \`cpm values schema\` the schema of a package's values. For editors that use the YAML language server:

    cpm schema manifest > .manifest.schema.json
    # yaml-language-server: $schema=.manifest.schema.json      (the first line of colony.yaml)
`
}

const STATUS_MEANS: Record<keyof typeof EXIT, string> = {
  ok: 'success',
  failed: 'failure',
  usage: 'wrong arguments or configuration',
  changesNeeded: 'changes are needed that this command must not make',
  auth: 'no key or token that allows this',
  verification: 'verification failed: contents differ from what was promised or signed',
  policy: 'refused by a rule',
  noSolution: 'no solution, or no such package',
  network: "a registry, colony or S3 server can't be used",
  lockTimeout: 'another cpm holds a lock',
  colony: 'a run failed or was rejected',
  interrupted: 'interrupted',
}

async function cliPage(): Promise<string> {
  const sections: string[] = []
  for (const entry of COMMANDS) sections.push(section(await loadCommand(entry)))
  return `# Commands

Generated from the declarations of the commands by \`npm run docs\`. Every command has \`--json\` (one object on stdout:
\`{"schemaVersion":1,"success":true,"data":…,"error":null}\`), \`--events\` (lines of JSON during the command, then that object), \`--quiet\`, \`--debug\` and \`--help\`.
Results go to stdout, progress and warnings to stderr. Exit statuses are in [errors.md](errors.md).

${sections.join('\n')}`
}

/** Formats a string as code in a table cell. */
function cell(text: string): string {
  return `\`${text.replaceAll('|', '\\|')}\``
}

function section({ name, summary, input, positionals = [], examples }: Command): string {
  const rows = Object.entries(input.shape).map(([key, schema]) => {
    const field = schema as z.ZodType
    const label = positionals.includes(key) ? key : `--${kebab(key)}`
    const { description = '', value, short } = field.meta() ?? {}
    const dashed = short === undefined ? '' : `-${short}, `
    return `| \`${dashed}${label}${value === undefined || positionals.includes(key) ? '' : ` <${value}>`}\` | ${description || (inner(field).description ?? '')} |`
  })
  const table = rows.length === 0 ? '' : `\n| | |\n|---|---|\n${rows.join('\n')}\n`
  const lines = examples.map(([what, line]) => `    ${line.padEnd(46)} # ${what}`)
  const aliases = aliasesOf(name)
  const also = aliases.length === 0 ? '' : `Also: ${aliases.map((alias) => `\`cpm ${alias}\``).join(', ')}.\n`
  return `## cpm ${name}\n\n${summary}.\n${also}${table}\n${lines.join('\n')}\n`
}

function inner(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodOptional || schema instanceof z.ZodDefault ? (schema.unwrap() as z.ZodType) : schema
}

if (process.argv[1] === import.meta.filename) {
  for (const [name, text] of await makeDocs()) fs.writeFileSync(path.join(DOCS, name), text)
}
