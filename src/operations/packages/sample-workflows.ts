import type { PackageManifest } from '../../schema/manifest.ts'
import { CpmError } from '../../core/errors.ts'
import { lackingInputs, prepareDocument, type PrepareOptions } from '../../workflow/prepare.ts'
import { printSpec } from '../../workflow/specs/print-spec.ts'
import { readDocuments, workflowNames } from '../../workflow/templates/workflow-file.ts'
import type { SetOption } from '../../workflow/values/set-option.ts'
import type { Shape } from '../../workflow/values/shape.ts'
import { NO_OVERRIDES } from '../../workflow/values/value-overrides.ts'
import type { Session } from '../session.ts'

interface SampledPackage {
  readonly root: string
  readonly manifest: PackageManifest
  /** the folder of the packages that its workflows include from */
  readonly packages: string | undefined
}

/** A workflow rendered with sample values, or why it could not be. */
export type SampleWorkflow = { readonly text: string } | { readonly problem: string }

/** What expressions see as the id of the run: the same in every sample, so that samples can be compared. */
const RELEASE = '20000101-000000-00000000'

/**
 * Renders all workflows of a package with the defaults of its inputs, and with examples or made-up values for those
 * that have none.
 */
export async function sampleWorkflows(
  { pool, signal }: Pick<Session, 'pool' | 'signal'>,
  { packages = '', ...folder }: SampledPackage,
): Promise<Map<string, SampleWorkflow>> {
  const samples = new Map<string, SampleWorkflow>()
  for (const workflow of workflowNames(folder.root)) {
    const options = { pool, signal, ...folder, packages, workflow, release: RELEASE }
    samples.set(`workflows/${workflow}`, await sampleOf(options))
  }
  return samples
}

/** Returns whether rendering the workflows of a package reads other packages. */
export function readsOtherPackages(root: string): boolean {
  return readDocuments(root).some(({ text }) => text.includes('$include') || /\bdeps\b/.test(text))
}

async function sampleOf(options: PrepareOptions): Promise<SampleWorkflow> {
  try {
    const { document } = await prepareDocument({ ...options, overrides: await sampleOverrides(options) })
    return { text: printSpec(document) }
  } catch (error) {
    if (error instanceof CpmError && error.code !== 'INTERRUPTED') return { problem: error.message }
    throw error
  }
}

/** A value may turn on the include of a package with further inputs, but not forever. */
const MOST_ROUNDS = 32

async function sampleOverrides(options: PrepareOptions) {
  const sets: SetOption[] = []
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const lacking = await lackingInputs({ ...options, overrides: { ...NO_OVERRIDES, sets } })
    const answers = lacking.flatMap(({ missing, overrides }) =>
      missing.map(({ path, shape }): SetOption => {
        return { option: 'answer', path: [...overrides.prefix, ...path], value: sampleValue(shape) }
      }),
    )
    if (answers.length === 0) break
    sets.push(...answers)
  }
  return { ...NO_OVERRIDES, sets }
}

/** Makes up a value that fits an input. */
function sampleValue(shape: Shape): unknown {
  if (shape.default !== undefined) return shape.default
  if (shape.example !== undefined) return shape.example
  const [option] = shape.options ?? []
  if (option !== undefined) return option
  const { min = -Infinity, max = Infinity } = shape
  switch (shape.type) {
    case 'integer':
      return Math.min(Math.max(1, Math.ceil(min)), Math.floor(max))
    case 'number':
      return Math.min(Math.max(1, min), max)
    case 'boolean':
      return false
    case 'list':
      return []
    case 'map':
      return Object.fromEntries(
        [...(shape.fields ?? [])].flatMap(([name, field]) =>
          field.isRequired || field.isGroup ? [[name, sampleValue(field)]] : [],
        ),
      )
    default:
      return shape.isSecret ? 'secret:SAMPLE' : 'sample'
  }
}
