import type { Path } from '../../core/yaml.ts'
import type { InputType } from '../../schema/input.ts'
import { readScalar } from './apply-sets.ts'
import { emptyValues, fitValue, type Values } from './fit-value.ts'
import { parseJson } from './value-overrides.ts'
import type { MergedInputs } from './inputs.ts'
import type { SetOption } from './set-option.ts'
import { formatPath, type Shape } from './shape.ts'

/** One question, built from the declaration of its input. The user interface decides how to show it. */
export interface Question {
  /** as in messages: `store.url`, `datasets[0].name` */
  readonly key: string
  readonly label: string | undefined
  readonly description: string | undefined
  readonly unit: string | undefined
  readonly example: unknown
  readonly type: InputType
  readonly options: readonly (string | number | boolean)[] | undefined
  readonly min: number | undefined
  readonly max: number | undefined
  /** the answer is not shown while it is typed */
  readonly isSecret: boolean
  /** a list or map of any data, answered in JSON */
  readonly isJson: boolean
  /** asks whether a list has another item, not for a value */
  readonly isAnother: boolean
  /** what an empty answer means */
  readonly empty: 'refused' | 'no value' | 'end of the list'
  readonly shape: Shape
}

/** Yields one question after the other, and receives the answers that `readAnswer` accepted. */
export type Questions = Generator<Question, SetOption[], unknown>

/**
 * Asks for every required input without a value. The answers form a layer above all others.
 * @param answers receives each answer at once, so that they are kept if the dialog ends early
 */
export function* askForMissing(
  inputs: readonly Pick<MergedInputs, 'missing' | 'overrides'>[],
  answers: SetOption[] = [],
): Questions {
  for (const { missing, overrides } of inputs) {
    for (const { path, shape } of missing) {
      const whole = [...overrides.prefix, ...path]
      const value = yield* ask(whole, shape, 'refused')
      answers.push({ option: 'answer', path: whole, value })
    }
  }
  return answers
}

/** Parses an answer. Returns its value, or why the question must be asked again. */
export function readAnswer(
  { shape, key, options, empty, isJson }: Question,
  text: string,
): { value: unknown } | { problem: string } {
  const typed = text.trim()
  if (typed === '' && empty !== 'refused') return { value: undefined }
  if (typed === '') return { problem: 'a value is required' }
  const number = /^\d{1,4}$/.test(typed) ? Number(typed) : 0
  const chosen = options && !options.map(String).includes(typed) ? options[number - 1] : undefined
  const read = isJson ? parseJson(typed) : { value: chosen ?? readTyped(shape, typed) }
  if ('problem' in read) return read
  const { value, problems } = fitValue(shape, read.value, { partial: false })
  const [problem] = problems
  if (!problem) return { value }
  return { problem: problem.path.length === 0 ? `it ${problem.message}` : `${key}: ${problem.message}` }
}

function readTyped(shape: Shape, typed: string): unknown {
  if (shape.type !== 'boolean') return readScalar(shape, typed)
  return /^(?:y|yes|true)$/i.test(typed) ? true : /^(?:n|no|false)$/i.test(typed) ? false : typed
}

function* ask(path: Path, shape: Shape, empty: Question['empty']): Generator<Question, unknown, unknown> {
  if (shape.type === 'list' && shape.item) return yield* askForList(path, describedBy(shape, shape.item))
  if (shape.type === 'map' && shape.fields) return yield* askForMap(path, shape.fields)
  return yield questionFor(path, shape, empty)
}

/** Returns the item with the label and description of its list if it has none. */
function describedBy({ label, description }: Shape, item: Shape): Shape {
  return { ...item, label: item.label ?? label, description: item.description ?? description }
}

/** Asks for the items one by one. For a list of maps or lists, first asks whether there is another item. */
function* askForList(path: Path, item: Shape): Generator<Question, unknown, unknown> {
  const items: unknown[] = []
  for (;;) {
    const at = [...path, items.length]
    if (item.fields || (item.type === 'list' && item.item)) {
      const wanted = yield { ...questionFor(at, another(item), 'end of the list'), isAnother: true }
      if (wanted !== true) return items
      items.push(yield* ask(at, item, 'refused'))
    } else {
      const value = yield questionFor(at, item, 'end of the list')
      if (value === undefined) return items
      items.push(value)
    }
  }
}

function* askForMap(path: Path, fields: ReadonlyMap<string, Shape>): Generator<Question, Values, unknown> {
  const values = emptyValues()
  for (const [name, field] of fields) {
    // Fields with a default keep it. Other optional fields can be skipped with an empty answer.
    if (field.default !== undefined) continue
    const value = yield* ask([...path, name], field, field.isRequired ? 'refused' : 'no value')
    if (value !== undefined) values[name] = value
  }
  return values
}

function another(item: Shape): Shape {
  return { ...item, type: 'boolean', fields: undefined, item: undefined, default: undefined }
}

function questionFor(path: Path, shape: Shape, empty: Question['empty']): Question {
  const { label, description, unit, example, type, options, min, max, isSecret } = shape
  const isJson = type === 'list' || type === 'map'
  return {
    key: formatPath(path),
    label,
    description,
    unit,
    example,
    type,
    options,
    min,
    max,
    isSecret,
    isJson,
    isAnother: false,
    empty,
    shape,
  }
}
