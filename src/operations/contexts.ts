import { Contexts, type NamedContext } from '../schema/contexts.ts'
import { readTextIfThere } from '../core/atomic-file.ts'
import { parseJson } from '../core/canonical-json.ts'
import { didYouMean } from '../core/did-you-mean.ts'
import type { EnvironmentVariables } from '../core/environment-variables.ts'
import { CpmError } from '../core/errors.ts'

const NONE: Contexts = { schemaVersion: 1, contexts: {} }

/** @throws CpmError CONFIG_INVALID */
export function readContexts(file: string): Contexts {
  const text = readTextIfThere(file)
  if (text === undefined) return NONE
  const result = Contexts.safeParse(parseJson(text, 'CONFIG_INVALID', file))
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw new CpmError('CONFIG_INVALID', `${file}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`)
}

interface Choice {
  /** `--context` */
  flag?: string | undefined
  env: EnvironmentVariables
}

/**
 * Returns the context that the flag or CPM_CONTEXT names, otherwise the current one, or undefined if there is none.
 * @throws CpmError USAGE for an unknown name
 */
export function chosenContext(file: string, { flag, env }: Choice): (NamedContext & { name: string }) | undefined {
  const wanted = flag ?? env.get('CPM_CONTEXT')
  const { current, contexts } = readContexts(file)
  const name = wanted ?? current
  if (name === undefined) return undefined
  const found = Object.hasOwn(contexts, name) ? contexts[name] : undefined
  if (found) return { ...found, name }
  if (wanted === undefined) return undefined
  throw unknownContext(name, contexts)
}

export function unknownContext(name: string, contexts: Contexts['contexts']): CpmError {
  const known = Object.keys(contexts)
  return new CpmError('USAGE', `there is no context named ${JSON.stringify(name)}${didYouMean(name, known)}`, {
    hint: known.length > 0 ? `one of: ${known.join(', ')}` : 'cpm context add',
  })
}
