import type { PackageManifest } from '../../schema/manifest.ts'
import { isRunnable } from '../../schema/specs/documents.ts'
import type { FunctionSpec } from '../../schema/specs/function-spec.ts'
import { type Command, findCommands } from '../../engines/local/function-command.ts'
import { localFunctions } from '../../engines/local/local-functions.ts'
import { asWorkflow, type PreparedDocument } from '../../workflow/prepare.ts'
import type { Session } from '../session.ts'

/** What would be started on this machine, or submitted to a colony that is not selected yet. */
export interface LocalDryRun {
  readonly dryRun: true
  readonly engine: 'local' | null
  readonly kind: string
  readonly workflow: string
  readonly nodes: readonly PlannedNode[]
  readonly spec: unknown
}

interface PlannedNode {
  readonly nodename: string
  readonly funcname: string
  readonly executortype: string
  /** the nodes that it waits for */
  readonly after: readonly string[]
  /** the program and its arguments; null if no engine is selected, because a colony uses its own programs */
  readonly command: readonly string[] | null
}

interface Places {
  root: string
  manifest: PackageManifest
  packages: string
  engine: 'local' | null
}

/**
 * Shows what a rendered and checked document would start, without starting it.
 * @throws CpmError WORKFLOW_INVALID if the local engine could not run it
 */
export function planLocalRun(
  { env }: Pick<Session, 'env'>,
  { document, source }: PreparedDocument,
  { root, manifest, packages, engine }: Places,
): LocalDryRun {
  const shown = { dryRun: true as const, engine, kind: document.kind, workflow: source.file, spec: document }
  if (!isRunnable(document)) return { ...shown, nodes: [] }
  const { functions: nodes } = asWorkflow(document)
  const functions = localFunctions(root, manifest, packages)
  const commands =
    engine === null ? new Map<string, Command>() : findCommands(nodes, { root, functions, searchPath: env.get('PATH') })
  return { ...shown, nodes: nodes.map((node) => planned(node, commands.get(node.nodename))) }
}

function planned({ nodename, funcname, conditions }: FunctionSpec, command: Command | undefined): PlannedNode {
  const { executortype, dependencies } = conditions
  return {
    ...{ nodename, funcname, executortype },
    after: dependencies,
    command: command ? [command.file, ...command.args] : null,
  }
}
