import path from 'node:path'
import { z } from 'zod'
import { findProject } from '../installer/project.ts'
import { type GivenValues, readGivenValues, type ValuesOptions, withProject } from '../workflow/values/given-values.ts'
import { LocalSecrets } from '../workflow/values/local-secrets.ts'
import type { Context } from './context.ts'

/** The options by which a command takes values for the inputs of a package: the same in every one (docs/values.md). */
export const valuesOptions = {
  values: z
    .array(z.string())
    .default([])
    .meta({ description: 'a file of values, over those before it', value: 'file', short: 'f' }),
  set: z.array(z.string()).default([]).meta({ description: 'give an input its value', value: 'key=value' }),
  setString: z
    .array(z.string())
    .default([])
    .meta({ description: 'give an input a text, whatever it looks like', value: 'key=text' }),
  setFile: z.array(z.string()).default([]).meta({ description: 'give an input what is in a file', value: 'key=file' }),
  setJson: z
    .array(z.string())
    .default([])
    .meta({ description: 'give an input a value in JSON: a list, a map, null', value: 'key=json' }),
}

/** The values that a package gets from outside: of the project that uses it, and of the command line. */
export function givenValues(
  { cwd }: Pick<Context, 'cwd'>,
  target: { root: string; manifest: { name: string } },
  options: ValuesOptions,
): GivenValues {
  const given = readGivenValues(cwd, options)
  const project = findProject(cwd)
  const isOther = project !== undefined && path.resolve(project.root) !== path.resolve(target.root)
  return isOther ? withProject(given, project.root, target.manifest.name) : given
}

/** The secrets of a run on this machine; what is written of them goes away with the command. */
export async function localSecrets(context: Context): Promise<LocalSecrets> {
  const { secrets: parent } = context.home(await context.config())
  const secrets = new LocalSecrets({ parent, env: context.env, cwd: context.cwd })
  context.atEnd(() => {
    secrets.remove()
    return Promise.resolve()
  })
  return secrets
}
