import { exactJson } from '../../../core/exact-json.ts'
import { z } from 'zod'
import { oneLine } from '../../../core/printable.ts'
import { readsOf } from '../../../workflow/input-reads.ts'
import { absenceOf, type Explanation, explainInput, placeOf, type Setting } from '../../../workflow/values/explain.ts'
import type { InputRead } from '../../../workflow/values/input-read.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { packageOptions, valuesOptions } from '../../shell/options.ts'
import { findInputs } from '../../../operations/packages/package-inputs.ts'
import type { Style } from '../../terminal/style.ts'

export default defineCommand({
  input: z.object({
    key: z.string().meta({ description: 'an input, or a group of inputs such as store' }),
    ...packageOptions,
    ...valuesOptions,
  }),
  positionals: ['key', 'target'],
  examples: [
    ['Explain an input of the package in this folder', 'cpm values explain store.url'],
    [
      'Explain an input with the values that a run would get',
      'cpm values explain pattern thumbnails -f prod.yaml --set pattern=stripes',
    ],
  ],
  run: async (session, { key, ...options }) => {
    const { root, manifest, all, aside, project } = await findInputs(session, options)
    const { name, version } = manifest
    const reads = await readsOf(session.pool, { root, manifest }, project.packages, session.signal)
    const inputs = explainInput([...all, ...aside], key, ({ overrides }) => {
      const dependency = overrides.prefix.at(-1)
      return dependency === undefined ? reads.own : (reads.included[dependency] ?? [])
    })
    return { package: { name, version }, inputs: inputs.map(documentOf) }
  },
  views: { human: ({ inputs }, style) => inputs.map((input) => render(input, style)).join('\n\n') },
})

interface Line {
  text: string
  note: string
}

type InputDocument = ReturnType<typeof documentOf>

/** Returns the form for `--json`, with null for missing facts. */
function documentOf({ settings, readBy, declaredAt, ...input }: Explanation) {
  return {
    ...input,
    includedFrom: input.includedFrom ?? null,
    label: input.label ?? null,
    description: input.description ?? null,
    unit: input.unit ?? null,
    example: input.example ?? null,
    options: input.options ?? null,
    min: input.min ?? null,
    max: input.max ?? null,
    declaredAt: placeOf(declaredAt),
    setBy: settings.map(({ layer, origin, value, counts }) => ({ layer, at: placeOf(origin), value, counts })),
    readBy: readBy.map(({ file, line, column }) => ({ file, line, column })),
  }
}

function render(input: InputDocument, style: Style): string {
  const value = input.hasValue ? shown(input.value) : style('dim', absenceOf(input))
  const facts = [
    input.type,
    ...(input.isSecret ? ['secret'] : []),
    ...(input.isRequired ? ['required'] : []),
    ...(input.options ? [`one of ${input.options.map(String).join(', ')}`] : []),
    ...(input.min === null ? [] : [`at least ${input.min}`]),
    ...(input.max === null ? [] : [`at most ${input.max}`]),
    ...(input.unit === null ? [] : [`in ${oneLine(input.unit)}`]),
    ...(input.example === null ? [] : [`for example ${shown(input.example)}`]),
  ]
  const about = [input.label, input.description].filter((text) => text !== null).map(oneLine)
  return [
    `${style('bold', input.key)} = ${value}`,
    ...(about.length > 0 ? [`  ${about.join(': ')}`] : []),
    `  ${facts.join(', ')} ${style('dim', `(${input.declaredAt})`)}`,
    ...section('set by', input.setBy.map(settingLine), style),
    ...section('read by', input.readBy.map(readLine), style),
  ].join('\n')
}

function section(title: string, lines: readonly Line[], style: Style): string[] {
  if (lines.length === 0) return [`  ${title} nothing`]
  const width = Math.max(...lines.map(({ text }) => text.length))
  return [
    `  ${title}`,
    ...lines.map(({ text, note }) => `    ${note === '' ? text : `${text.padEnd(width)}  ${style('dim', note)}`}`),
  ]
}

function settingLine({ layer, at, value, counts }: InputDocument['setBy'][number]): Line {
  const what = value === null ? 'null: no value' : shown(value)
  return { text: `${at} ${LAYERS[layer]}`, note: counts ? what : `${what} (overridden)` }
}

function readLine({ file, line, column }: Pick<InputRead, 'file' | 'line' | 'column'>): Line {
  return { text: `${file}:${line}:${column}`, note: '' }
}

const LAYERS: Record<Setting['layer'], string> = {
  default: '(default)',
  package: "(the package's values)",
  consumer: '(a package that uses it)',
  project: "(the project's values)",
  file: '(-f)',
  option: '(command line)',
}

const MOST = 200

function shown(value: unknown): string {
  const text = oneLine(exactJson(value))
  return text.length > MOST ? `${text.slice(0, MOST)}…` : text
}
