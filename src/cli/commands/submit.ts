import { z } from 'zod'
import { printable } from '../../core/printable.ts'
import { findProject } from '../../installer/project.ts'
import { localFunctions } from '../../workflow/local/local-functions.ts'
import { prepareWorkflow } from '../../workflow/prepare.ts'
import { defineCommand } from '../define-command.ts'
import { submitAndFollow } from '../follow-run.ts'
import { runTimeout } from '../options.ts'
import { findPackage } from '../package-to-run.ts'
import { openRuns } from '../runs.ts'
import { givenValues, localSecrets, valuesOptions, warnOfUnread } from '../values-options.ts'

export default defineCommand({
  name: 'submit',
  summary: 'Run a workflow',
  input: z.object({
    target: z
      .string()
      .default('.')
      .meta({ description: 'an installed package, or a package’s folder', value: 'package|dir' }),
    engine: z.enum(['local'], 'say --engine local: it runs the package’s functions as programs on this machine').meta({
      description: 'what runs it; local runs the package’s functions as programs on this machine',
      value: 'engine',
    }),
    ...valuesOptions,
    workflow: z
      .string()
      .optional()
      .meta({ description: 'which workflow, where main.yaml is not meant', value: 'name' }),
    logs: z.boolean().default(false).meta({ description: 'show what the nodes write meanwhile' }),
    timeout: runTimeout,
  }),
  positionals: ['target'],
  examples: [
    ['Run an installed package on this machine', 'cpm submit thumbnails --engine local --set size=512'],
    ['Run the package in this folder', 'cpm submit . --engine local'],
  ],
  run: async (context, { target, workflow, logs, timeout, ...values }) => {
    const { pool, signal } = context
    const { root, manifest, from, tree } = await findPackage(context, target)
    const given = await givenValues(context, { root, manifest }, values)
    const packages = findProject(context.cwd)?.packages
    const secrets = await localSecrets(context)
    const { spec, source, release } = await prepareWorkflow({
      pool,
      root,
      manifest,
      workflow,
      given,
      secrets,
      packages,
      signal,
    })
    await warnOfUnread(context, { root, manifest }, given, packages)
    secrets.place()
    const runs = await openRuns(context)
    const local = await runs.engine('local')
    const { name, version } = manifest
    const functions = localFunctions(root, manifest, packages)
    const ended = await submitAndFollow(
      context,
      local,
      { run: release, package: { name, version }, workflow: source.file, spec, root, packages, tree, functions },
      { timeout, logs },
    )
    return { from, ...ended }
  },
  views: {
    human: (value, style) => {
      const lines = value.nodes.map(
        ({ nodename, out }) =>
          `${style('green', '✓')} ${nodename}${out && out.length > 0 ? `: ${printable(JSON.stringify(out))}` : ''}`,
      )
      return [
        ...lines,
        `${value.package.name}@${value.package.version} (${value.from}) ran on this machine; logs and outputs are in ${value.folder ?? ''}`,
      ].join('\n')
    },
  },
})
