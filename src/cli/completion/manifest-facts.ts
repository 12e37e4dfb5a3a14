import path from 'node:path'
import { oneLine } from '../../core/printable.ts'
import { folderWith, namesIn, safe, textOf } from './known-packages.ts'
import type { Candidate, Place } from './candidate.ts'

const MANIFEST = 'colony.yaml'
/** A larger manifest takes long to read. */
const MOST_BYTES = 256 * 1024

/** Finds the folder of a package: one that is installed, otherwise the folder of that name. */
export function findManifest(target: string, { cwd }: Place): string {
  const [, name = target] = /^(.[^@]*)@/.exec(target) ?? []
  const project = folderWith(MANIFEST, cwd)
  const installed = project === undefined ? undefined : path.join(project, 'colony_packages', name)
  const isInstalled = installed !== undefined && textOf(path.join(installed, MANIFEST)) !== ''
  return isInstalled && !name.startsWith('.') ? installed : path.resolve(cwd, target)
}

/** Returns the names of the workflows of a package. */
export function workflowsOf(folder: string): string[] {
  const names = namesIn(path.join(folder, 'workflows')).filter((name) => /^[^_].*\.(ya?ml|json)$/.test(name))
  return safe(names.map((name) => path.parse(name).name))
}

interface ReadInput {
  readonly key: string
  readonly type?: unknown
  readonly description?: unknown
  readonly options?: unknown
}

/** Returns the keys of the inputs of a package, each with `=`; after that, the options of the input. */
export async function inputValues(folder: string, text: string, flag: string): Promise<Candidate[]> {
  const inputs = await inputsIn(folder)
  const equals = text.indexOf('=')
  if (equals < 0)
    return inputs.map(({ key, description }) => {
      return { value: `${key}=`, about: typeof description === 'string' ? oneLine(description) : undefined }
    })
  const key = text.slice(0, equals)
  const input = inputs.find((each) => each.key === key)
  if (!input || flag === '--set-file') return []
  const options = input.type === 'boolean' ? ['true', 'false'] : Array.isArray(input.options) ? input.options : []
  return safe(options.map(String)).map((option) => ({ value: `${key}=${option}` }))
}

async function inputsIn(folder: string): Promise<ReadInput[]> {
  const text = textOf(path.join(folder, MANIFEST), MOST_BYTES)
  if (!text.includes('inputs')) return []
  try {
    const { parse } = await import('yaml')
    const { inputs } = parse(text, { maxAliasCount: 0, logLevel: 'silent' }) as { inputs?: unknown }
    return Array.isArray(inputs) ? inputs.filter(isInput) : []
  } catch {
    return []
  }
}

function isInput(value: unknown): value is ReadInput {
  const key: unknown = value !== null && typeof value === 'object' && 'key' in value ? value.key : undefined
  return typeof key === 'string' && safe([key]).length > 0
}
