import type { Path } from '../../core/yaml.ts'
import type { InputDeclaration } from '../../schema/input.ts'
import { mergeIncluded } from '../included-inputs.ts'
import type { PackageFolder, WorkflowPackages } from '../templates/package-sources.ts'
import { NO_OVERRIDES } from '../values/value-overrides.ts'
import { hasValueAt } from '../values/package-inputs.ts'
import type { MergedInputs } from '../values/inputs.ts'
import type { SetOption } from '../values/set-option.ts'
import { generateValues } from './generate-values.ts'

interface Generated {
  /** as a user would write them: values for other packages are in sections with their names */
  readonly values: Readonly<Record<string, unknown>>
  readonly sets: readonly SetOption[]
}

/**
 * Makes values that a user could pass to a package and to the packages whose workflows it includes. Values that a
 * package itself sets for an included package stay, because its author chose them.
 */
export function generateForAll(packages: WorkflowPackages, which: { seed: number; round: number }): Generated {
  const values: Record<string, unknown> = {}
  const sets: SetOption[] = []
  for (const [folder, merged] of mergeIncluded(packages, NO_OVERRIDES)) {
    const { prefix } = merged.overrides
    const inputs = folder === packages.main ? folder.manifest.inputs : openInputs(folder, merged)
    for (const [key, value] of Object.entries(generateValues(inputs, which))) {
      sets.push({ option: '--set-json', path: [...prefix, ...key.split('.')], value })
      sectionAt(values, prefix)[key] = value
    }
  }
  return { values, sets }
}

/** Returns the inputs that the including package leaves to its user. */
function openInputs({ manifest }: PackageFolder, { overrides }: MergedInputs): InputDeclaration[] {
  return manifest.inputs.filter(({ key }) => !overrides.documents.some(({ data }) => hasValueAt(data, key.split('.'))))
}

function sectionAt(values: Record<string, unknown>, prefix: Path): Record<string, unknown> {
  return prefix.reduce((section, name) => (section[name] ??= {}) as Record<string, unknown>, values)
}
