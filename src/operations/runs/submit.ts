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
  /** a package, as `name` or `name@range`, or its folder; the session's folder without it */
  target?: string
  /** where to look for a package that is not installed */
  registry?: string | undefined
  /** fetch a package that is not installed without asking */
  yes?: boolean
  /** what runs it; the colony that is chosen without it */
  engine?: EngineName | undefined
  /** which workflow; main.yaml, or the only one, without it */
  workflow?: string | undefined
  /** the context that names the colony */
  context?: string | undefined
  /** what to call the run; the name of a run that exists continues it */
  run?: string | undefined
  /** wait for the end of a run in a colony; a local one is waited for anyway */
  wait?: boolean
  /** emit what the nodes write */
  logs?: boolean
  /** seconds to wait for the end of the run */
  timeout?: number | undefined
  /** render and check, return what would run or be sent, and do nothing */
  dryRun?: boolean
  /** drop keys that ColonyOS does not know instead of refusing them */
  dropUnknownKeys?: boolean
  /** ask the colony whether it could run it, and submit nothing */
  checkColony?: boolean
}

/**
 * Runs a package's workflow: finds and proves the package, renders and checks the workflow, then hands it to an engine.
 * @returns the run, or what `dryRun` and `checkColony` ask for; `from` is where the package was found
 * @throws CpmError WORKFLOW_INVALID, INPUT_INVALID, PACKAGE_DAMAGED, RUN_FAILED, COLONY_UNREACHABLE and others (docs/errors.md)
 */
export async function submit(
  session: Session,
  { target = '.', registry, yes = false, engine: named, ...options }: SubmitOptions = {},
): Promise<Submitted & { from: string }> {
  // To look needs no home; where a run is kept is for its engine to say.
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

/** Null where no engine is selected, and none is needed. @throws CpmError USAGE where one is */
function chosenEngine(
  { env }: Session,
  file: string,
  { context: flag, dryRun = false }: SubmitOptions,
): EngineName | null {
  if (findColony({ file, flag, env })) return 'colonyos'
  if (dryRun) return null
  throw new CpmError('USAGE', 'no engine selected', {
    hint: "--engine local runs the package's functions as programs on this machine; or choose a colony: cpm context add",
  })
}
