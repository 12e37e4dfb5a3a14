import fs from 'node:fs'
import path from 'node:path'
import { systemCode } from '../../core/errors.ts'
import { type Path, type Problem, readYaml } from '../../core/yaml.ts'
import type { ValuesDocument } from './layer.ts'
import { parseSetOption, type SetOption } from './set-option.ts'
import { documentOf, sectionOf, readValuesFile, VALUES_FILE } from './values-file.ts'

/** The options that set values, as typed. */
export interface ValuesOptions {
  /** `-f` */
  readonly values?: readonly string[]
  /** the contents of `-f -` */
  readonly standardInput?: string | Uint8Array
  readonly set?: readonly string[]
  readonly setString?: readonly string[]
  readonly setFile?: readonly string[]
  readonly setJson?: readonly string[]
}

/** A problem with the values; `file` and its place are set if it is in a file. */
export type ValuesProblem = { readonly message: string } & Partial<Omit<Problem, 'message'>>

/** The values that a package gets from outside, read but not checked yet. */
export interface ValueOverrides {
  /** a project's values.yaml, then the files of `-f`: the lowest layer first */
  readonly documents: readonly ValuesDocument[]
  readonly sets: readonly SetOption[]
  readonly problems: readonly ValuesProblem[]
  /** the names of the packages that lead to this one, if these are the values of a section for a dependency */
  readonly prefix: Path
  /** the folder that paths in options are relative to */
  readonly folder: string
}

/** Returns the overrides of `--set` options alone. */
export function overridesOfSets(set: readonly string[]): ValueOverrides {
  return readOverrides('.', { set })
}

export const NO_OVERRIDES: ValueOverrides = { documents: [], sets: [], problems: [], prefix: [], folder: '.' }

const MAX_SETS = 1000
const MAX_FILES = 100
export const MAX_BYTES = 1024 * 1024

/**
 * Reads the values on the command line, and the files that it names.
 * @param cwd the folder that paths are relative to
 */
export function readOverrides(cwd: string, options: ValuesOptions): ValueOverrides {
  const { values = [], set = [], setString = [], setFile = [], setJson = [] } = options
  if (values.length > MAX_FILES) return nothing(`more than ${MAX_FILES} values files`)
  const number = set.length + setString.length + setFile.length + setJson.length
  if (number > MAX_SETS) return nothing(`more than ${MAX_SETS} values are set`)
  const problems: ValuesProblem[] = []
  if (values.filter((file) => file === '-').length > 1) return nothing('-f: standard input can be read only once')
  const documents = values.flatMap((file) => {
    const {
      document,
      problems: wrong,
      isThere,
    } = file === '-' && options.standardInput !== undefined
      ? documentOf('file', 'stdin', { source: options.standardInput, folder: path.resolve(cwd) })
      : readValuesFile('file', path.resolve(cwd, file), file)
    problems.push(...wrong, ...(isThere ? [] : [{ message: `-f: there is no file ${file}` }]))
    return document ? [document] : []
  })
  const read = (
    option: SetOption['option'],
    texts: readonly string[],
    valueOf: (text: string) => Valued,
  ): SetOption[] =>
    texts.flatMap((text, index) => {
      const parsed = parseSetOption(text, texts.length === 1 ? 'it' : `value ${index + 1} of ${texts.length}`)
      const valued = 'problem' in parsed ? parsed : valueOf(parsed.text)
      if (!('problem' in parsed) && !('problem' in valued)) return [{ option, path: parsed.path, value: valued.value }]
      problems.push({ message: `${option}: ${'problem' in valued ? valued.problem : ''}` })
      return []
    })
  const asText = (value: string): Valued => ({ value })
  const sets = [
    ...read('--set-json', setJson, parseJson),
    ...read('--set', set, asText),
    ...read('--set-string', setString, asText),
    ...read('--set-file', setFile, (file) => textOfFile(cwd, file)),
  ]
  return { documents, sets, problems, prefix: [], folder: path.resolve(cwd) }
}

/**
 * Adds the section of a project's values.yaml for one of its packages, as a layer below the files of `-f`.
 * @param cwd the folder that the file's name is relative to; it starts with `./` to differ from the package's own
 */
export function withProject(
  overrides: ValueOverrides,
  { cwd, project }: { cwd: string; project: string },
  name: string,
): ValueOverrides {
  const place = path.join(project, VALUES_FILE)
  const relative = path.relative(cwd, place)
  const file = relative.startsWith('.') || path.isAbsolute(relative) ? relative : `./${relative}`
  const { document, problems } = readValuesFile('project', place, file)
  const { section, problem } = document ? sectionOf(document, name) : {}
  return {
    ...overrides,
    documents: [...(section ? [section] : []), ...overrides.documents],
    problems: [...problems, ...(problem ? [problem] : []), ...overrides.problems],
  }
}

function nothing(message: string): ValueOverrides {
  return { ...NO_OVERRIDES, problems: [{ message }] }
}

type Valued = { value: unknown } | { problem: string }

/** Parses strict JSON. The YAML reader reports duplicate keys and exceeded limits. No message repeats a value. */
export function parseJson(text: string): Valued {
  try {
    JSON.parse(text)
  } catch {
    return { problem: 'one of the values is not valid JSON: strings need quotes' }
  }
  const { yaml, problems } = readYaml('--set-json', text, { keepFloats: true })
  return yaml ? { value: yaml.data } : { problem: problems[0]?.message ?? "one of the values can't be read" }
}

function textOfFile(cwd: string, file: string): Valued {
  const place = path.resolve(cwd, file)
  try {
    const stat = fs.statSync(place)
    if (!stat.isFile()) return { problem: `${file} is not a regular file` }
    if (stat.size > MAX_BYTES) return { problem: `${file} is larger than ${MAX_BYTES / 1024} KiB` }
    return { value: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(fs.readFileSync(place)) }
  } catch (error) {
    const code = systemCode(error)
    if (code === 'ENOENT') return { problem: `there is no file ${file}` }
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return { problem: `${file} is not valid UTF-8` }
    return { problem: `${file} can't be read${code === undefined ? '' : `: ${code}`}` }
  }
}
