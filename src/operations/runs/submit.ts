import { CpmError } from '../../core/errors.ts'
import type { EngineName } from '../../engines/runs/snapshot.ts'
import type { ValuesOptions } from '../../workflow/values/value-overrides.ts'
import { findPackage } from '../packages/find-package.ts'
import { askForOverrides } from '../packages/value-overrides.ts'
import { proveIncluded } from '../packages/proven-package.ts'
import { tellNewsOfRun } from '../packages/run-news.ts'
import { withLentHome } from '../lent-home.ts'
import type { Session } from '../session.ts'
import { findColony } from './colony-choice.ts'
import { ENGINES } from './engines.ts'
import { planSubmission } from './submit-locally.ts'
import type { Submission, Submitted } from './submission.ts'

export interface SubmitOptions extends ValuesOptions {
  /** a package, as `name` or `name@range`, or its folder; by default the session's folder */
  target?: string
  /** where to look for a package that is not installed */
  registry?: string | undefined
  /** fetch a package that is not installed without asking */
  yes?: boolean
  /** the engine that runs it; by default the selected colony */
  engine?: EngineName | undefined
  /** the workflow; by default main.yaml or the only one */
  workflow?: string | undefined
  /** the context of the colony */
  context?: string | undefined
  /** the id of the run; an existing run is continued */
  run?: string | undefined
  /** wait for a run in a colony to end; local runs are always waited for */
  wait?: boolean
  /** emit what the nodes write */
  logs?: boolean
  /** seconds to wait for the end of the run */
  timeout?: number | undefined
  /** render and check without running; return what would run or be sent */
  dryRun?: boolean
  /** drop keys that ColonyOS does not know instead of rejecting them */
  dropUnknownKeys?: boolean
  /** ask the colony whether it can run the workflow, without submitting it */
  checkColony?: boolean
}

/**
 * Runs a package's workflow: finds and proves the package, renders and checks the workflow, and submits it to an
 * engine.
 * @returns the run, or the result of `dryRun` or `checkColony`; `from` is where the package was found
 * @throws CpmError WORKFLOW_INVALID, INPUT_INVALID, PACKAGE_DAMAGED, RUN_FAILED, COLONY_UNREACHABLE and others
 * (docs/errors.md)
 */
export async function submit(
  session: Session,
  { target = '.', registry, yes = false, engine: named, ...options }: SubmitOptions = {},
): Promise<Submitted & { from: string }> {
  // Reading needs no home; the engine decides where the run is kept.
  const looking = withLentHome(session)
  const engine = named ?? chosenEngine(session, await contextsFile(looking), options)
  const found = await findPackage(looking, { target, registry, yes })
  const overrides = await askForOverrides(looking, found, { ...options, workflows: [options.workflow] })
  await proveIncluded(looking, found, found.project.packages)
  await tellNewsOfRun(looking, found, { registry })
  const submission: Submission = { found, overrides, options }
  const submitted = engine
    ? await ENGINES[engine].submit(session, submission)
    : await planSubmission(session, submission)
  return { from: found.from, ...submitted }
}

async function contextsFile(session: Session): Promise<string> {
  return session.home(await session.config()).contexts
}

/** Returns null if no engine is selected and none is needed. @throws CpmError USAGE if one is needed */
function chosenEngine(
  { env }: Session,
  file: string,
  { context: flag, dryRun = false }: SubmitOptions,
): EngineName | null {
  if (findColony({ file, flag, env })) return 'colonyos'
  if (dryRun) return null
  throw new CpmError('USAGE', 'no engine selected', {
    hint: '--engine local runs it on this machine; cpm context add selects a colony',
  })
}
