import { z } from 'zod'
import { CpmError } from '../../../core/errors.ts'
import { type Problem, problemText } from '../../../core/yaml.ts'
import { localFunctions } from '../../../engines/local/local-functions.ts'
import { prepareDocument, prepareWorkflow } from '../../../workflow/prepare.ts'
import { newRunId } from '../../../workflow/run-id.ts'
import { ENGINE_NAMES } from '../../../engines/runs/snapshot.ts'
import { COLONY_SECRETS } from '../../../workflow/values/secrets.ts'
import { findColony } from '../../../operations/runs/colony-choice.ts'
import type { Session } from '../../../operations/session.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { planLocalRun } from '../../../operations/runs/local-dry-run.ts'
import { requireDependencies } from '../../../operations/packages/required-dependencies.ts'
import { submitAndFollow } from '../../../operations/runs/follow-run.ts'
import { findPackage } from '../../../operations/packages/find-package.ts'
import { proveIncluded } from '../../../operations/packages/proven-package.ts'
import { tellNewsOfRun } from '../../../operations/packages/run-news.ts'
import { openRuns } from '../../../operations/runs/runs.ts'
import {
  context as contextOption,
  dropUnknownKeys,
  packageOptions,
  runTimeout,
  valuesOptions,
} from '../../shell/options.ts'
import { givenValues, localSecrets, warnOfUnread } from '../../../operations/packages/given-values.ts'
import { renderSubmitted } from '../../views/submitted.ts'

export default defineCommand({
  input: z.object({
    ...packageOptions,
    engine: z.enum(ENGINE_NAMES).optional().meta({
      description:
        'what runs it: colonyos, the default where a colony is chosen, or local, by programs of the package on this machine',
      value: 'engine',
    }),
    ...valuesOptions,
    workflow: z
      .string()
      .optional()
      .meta({ description: 'which workflow, where main.yaml is not meant', value: 'name' }),
    context: contextOption,
    run: z.string().optional().meta({
      description: 'what to call the run; with the name of one that was submitted already it is that run',
      value: 'name',
    }),
    wait: z
      .boolean()
      .default(false)
      .describe('wait for the end of a run in a colony; a local one is waited for anyway'),
    logs: z.boolean().default(false).describe('show what the nodes write meanwhile'),
    timeout: runTimeout,
    dryRun: z.boolean().default(false).describe('render, check and show what would run or be sent, and do nothing'),
    dropUnknownKeys,
    checkColony: z.boolean().default(false).describe('ask the colony whether it could run it, and submit nothing'),
  }),
  positionals: ['target'],
  examples: [
    ['Run an installed package on this machine', 'cpm submit thumbnails --engine local --set pattern=stripes'],
    ['Run the package in this folder', 'cpm submit . --engine local'],
    ['Run it in a colony, and wait for its end', 'cpm submit thumbnails --set pattern=stripes --wait'],
    ['See what would run or be sent', 'cpm submit thumbnails --dry-run'],
  ],
  run: async (context, { target, registry, yes, workflow, engine: named, ...options }) => {
    const { pool, signal } = context
    const { context: contextName, run: runName, wait, logs, timeout, dryRun, checkColony, ...others } = options
    const { dropUnknownKeys: dropUnknown, ...values } = others
    const engine = named ?? (await defaultEngine(context, { flag: contextName, dryRun }))
    const found = await findPackage(context, { target, registry, yes })
    const { root, manifest, from, tree } = found
    const given = await givenValues(context, found, { ...values, workflows: [workflow] })
    const { packages } = found.project
    await proveIncluded(context, found, packages)
    await tellNewsOfRun(context, found, { registry })
    if (engine === 'colonyos') {
      const { submitToColony } = await import('../../../operations/runs/submit-to-colony.ts')
      const flags = { context: contextName, run: runName, wait, logs, timeout, dryRun, checkColony }
      const secrets = COLONY_SECRETS
      const prepare = (release: string, colony: string) =>
        prepareDocument({
          pool,
          root,
          manifest,
          workflow,
          given,
          secrets,
          packages,
          release,
          colony,
          dropUnknown,
          signal,
        })
      await warnOfUnread(context, found, given)
      return { from, ...(await submitToColony(context, { found, flags, prepare })) }
    }
    requireForLocal({ '--context': contextName, '--run': runName, '--check-colony': checkColony })
    requireDependencies(found, context.cwd)
    if (dryRun) {
      const options = { pool, root, manifest, workflow, given, packages, dropUnknown, signal }
      const prepared = engine === 'local' ? await prepareWorkflow(options) : await prepareDocument(options)
      await warnOfUnread(context, found, given)
      return { from, ...planLocalRun(context, prepared, { root, manifest, packages, engine }) }
    }
    const release = newRunId()
    const secrets = await localSecrets(context, release)
    const { spec, source, warnings } = await prepareWorkflow({
      pool,
      root,
      manifest,
      workflow,
      given,
      secrets,
      packages,
      release,
      dropUnknown,
      signal,
    })
    if (dropUnknown) for (const warning of warnings) warnOf(context, warning)
    await warnOfUnread(context, found, given)
    secrets.place()
    const runs = await openRuns(context)
    const local = await runs.engine('local')
    const { name, version } = manifest
    const functions = localFunctions(root, manifest, packages)
    const prepared = {
      run: release,
      package: { name, version },
      workflow: source.file,
      spec,
      root,
      packages,
      tree,
      functions,
      secrets: secrets.kept,
    }
    const ended = await submitAndFollow(context, local, prepared, { timeout, logs })
    return { from, ...ended }
  },
  views: {
    human: renderSubmitted,
  },
})

function warnOf({ emit }: Session, warning: Problem): void {
  emit({ type: 'warning', code: 'WORKFLOW_INVALID', message: problemText(warning) })
}

/** Null where no engine is selected, and none is needed. @throws CpmError USAGE where one is */
async function defaultEngine(
  context: Session,
  { flag, dryRun }: { flag: string | undefined; dryRun: boolean },
): Promise<'colonyos' | null> {
  const { contexts: file } = context.home(await context.config())
  if (findColony({ file, flag, env: context.env })) return 'colonyos'
  if (dryRun) return null
  throw new CpmError('USAGE', 'no engine selected', {
    hint: '--engine local runs the package’s functions as programs on this machine; or choose a colony: cpm context add',
  })
}

function requireForLocal(flags: Record<string, string | boolean | undefined>): void {
  const [flag] = Object.entries(flags).find(([, value]) => value !== undefined && value !== false) ?? []
  if (flag === undefined) return
  throw new CpmError('USAGE', `${flag} is for colonies, not for the local engine`, {
    hint: 'leave it out, or use --engine colonyos',
  })
}
