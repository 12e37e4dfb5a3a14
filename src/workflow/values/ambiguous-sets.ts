import { isReadAsOctal } from '../../core/yaml-readers.ts'
import { type FindInputs, overridesFor } from './dependency-inputs.ts'
import type { PackageInputs } from './package-inputs.ts'
import { formatPath, shapeAt } from './shape.ts'
import type { ValueOverrides } from './value-overrides.ts'

/**
 * Returns a warning for each number of `--set` that older YAML readers take for an octal one, as for a values file. No
 * message repeats the value, which may be a secret.
 */
export function ambiguousSets(declared: PackageInputs, overrides: ValueOverrides, find: FindInputs): string[] {
  const own = overrides.sets.flatMap(({ option, path, value }) => {
    const type = shapeAt(declared.shape, path)?.type
    const isNumber = option === '--set' && (type === 'integer' || type === 'number')
    if (!isNumber || !isReadAsOctal(String(value))) return []
    const name = formatPath([...overrides.prefix, ...path])
    return [
      `--set: cpm reads a decimal number for ${name}, older YAML readers an octal one: drop the zero, or write 0o for octal`,
    ]
  })
  const dependencies = [...declared.dependencies].flatMap((name) => {
    const given = overridesFor({ declared, overrides }, name)
    const inputs = given.sets.length > 0 ? find(name) : undefined
    return inputs ? ambiguousSets(inputs, given, find) : []
  })
  return [...own, ...dependencies]
}
