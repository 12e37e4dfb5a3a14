import { z } from 'zod'
import { bugReport } from '../../operations/doctor/bug-report.ts'
import { defineCommand } from '../shell/define-command.ts'

export default defineCommand({
  input: z.object({
    output: z.string().optional().meta({ description: 'the file to write', value: 'file', short: 'o' }),
  }),
  examples: [
    ['Print a report, to read before you send it', 'cpm bug'],
    ['Write it to a file', 'cpm bug -o report.txt'],
  ],
  run: async (session, { output }) =>
    await bugReport(session, { output, node: process.version, program: process.argv[1] ?? 'cpm' }),
  views: { human: ({ report, file }) => (file === null ? report : `wrote ${file}; read it before you send it`) },
})
