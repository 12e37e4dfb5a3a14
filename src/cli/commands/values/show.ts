import { exactJson } from '../../../core/exact-json.ts'
import { z } from 'zod'
import { oneLine } from '../../../core/printable.ts'
import { neverReadBy, readsOf } from '../../../workflow/input-reads.ts'
import { absenceOf, effectiveInputs } from '../../../workflow/values/explain.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { packageOptions, valuesOptions } from '../../shell/options.ts'
import { findInputs } from '../../../operations/packages/package-inputs.ts'

export default defineCommand({
  input: z.object({
    ...packageOptions,
    ...valuesOptions,
  }),
  positionals: ['target'],
  examples: [['Check the effect of a values file', 'cpm values show thumbnails -f prod.yaml']],
  run: async (session, options) => {
    const { root, manifest, merged, all, project, find } = await findInputs(session, options)
    const { name, version } = manifest
    const reads = await readsOf(session.pool, { root, manifest }, project.packages, session.signal)
    const unread = neverReadBy(merged, reads, find)
    return {
      package: { name, version },
      values: merged.values,
      inputs: all.flatMap((one) => effectiveInputs(one)),
      unread,
    }
  },
  views: {
    human: ({ inputs, unread, package: { name } }, style) => {
      if (inputs.length === 0) return `${name} has no inputs`
      const valueOf = ({ value, unit, example, ...input }: (typeof inputs)[number]): string => {
        if (value !== null) return `${oneLine(exactJson(value))}${unit === null ? '' : ` ${oneLine(unit)}`}`
        const hint = example === null ? '' : `, for example ${oneLine(exactJson(example))}`
        return style('dim', `${absenceOf(input)}${hint}${unit === null ? '' : ` ${oneLine(unit)}`}`)
      }
      const rows = inputs.map((input) => ({
        left: `${style('bold', input.key)} = ${valueOf(input)}`,
        at: input.at,
      }))
      return [
        ...rows.map(({ left, at }) => (at === null ? left : `${left}  ${style('dim', at)}`)),
        ...unread.map(({ message, file, line, column }) =>
          style('yellow', file === undefined ? message : `${file}:${line}:${column} ${message}`),
        ),
      ].join('\n')
    },
  },
})
