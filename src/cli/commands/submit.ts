import { z } from 'zod'
import { printable } from '../../core/printable.ts'
import { findProject } from '../../installer/project.ts'
import { createLocalEngine } from '../../workflow/local/local-engine.ts'
import { prepareWorkflow } from '../../workflow/prepare.ts'
import { reportChanges } from '../../workflow/runs/report-changes.ts'
import { runError } from '../../workflow/runs/run-error.ts'
import { RunRecords } from '../../workflow/runs/run-records.ts'
import { defineCommand } from '../define-command.ts'
import { findPackage } from '../package-to-run.ts'
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
  }),
  positionals: ['target'],
  examples: [
    ['Run an installed package on this machine', 'cpm submit thumbnails --engine local --set size=512'],
    ['Run the package in this folder', 'cpm submit . --engine local'],
  ],
  run: async (context, { target, workflow, ...values }) => {
    const { pool, signal, emit } = context
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
    const records = new RunRecords(context.home(await context.config()).runs)
    const engine = createLocalEngine({ records, env: context.env })
    const { name, version, functions } = manifest
    const { run } = await engine.submit(
      { run: release, package: { name, version }, workflow: source.file, spec, root, packages, tree, functions },
      { signal },
    )
    const ended = await engine.watch(run, { onChange: reportChanges(emit) })
    signal.throwIfAborted()
    const failure = await runError(engine, ended)
    if (failure) throw failure
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
