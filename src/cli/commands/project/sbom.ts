import { z } from 'zod'
import { count } from '../../../core/amounts.ts'
import { sbom, SBOM_FORMATS } from '../../../operations/project/sbom.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { filter } from '../../shell/options.ts'

export default defineCommand({
  input: z.object({
    format: z
      .enum(SBOM_FORMATS)
      .default('cyclonedx')
      .meta({ description: 'CycloneDX 1.6 or SPDX 2.3, both in JSON (default: cyclonedx)', value: 'format' }),
    output: z.string().optional().meta({ short: 'o', description: 'write it to this file', value: 'file' }),
    filter,
  }),
  examples: [
    ['Print a bill of materials', 'cpm sbom'],
    ['Write one in SPDX', 'cpm sbom --format spdx -o sbom.spdx.json'],
  ],
  run: (session, input) => sbom(session, input),
  views: {
    human: ({ file, document, packages }) =>
      file === null ? JSON.stringify(document, null, 2) : `wrote ${file}: ${count(packages, 'package')}`,
  },
})
