import { z } from 'zod'
import { ProjectManifest } from './manifest.ts'

/**
 * The JSON Schema of colony.yaml for editors: that of a project, which a package also follows, with a name and a
 * version.
 */
export function manifestSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(ProjectManifest, { io: 'input', unrepresentable: 'any' })
  return {
    ...schema,
    title: 'colony.yaml',
    description: 'A package needs a name and a version; a project needs neither.',
  }
}
