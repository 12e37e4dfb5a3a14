import { z } from 'zod'
import { SEVERITIES, type Severity } from '../../../schema/advisory.ts'
import { count } from '../../../core/amounts.ts'
import { oneLine } from '../../../core/printable.ts'
import { type Audit, audit, type AuditFinding } from '../../../operations/project/audit.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { filter, lockTimeout, offline, registry } from '../../shell/options.ts'
import type { Style } from '../../terminal/style.ts'

export default defineCommand({
  input: z.object({
    advisories: z.array(z.string()).optional().meta({
      description: 'a file, or a folder of files, with advisories in the OSV format (repeatable)',
      value: 'file',
    }),
    level: z.enum(SEVERITIES).default('low').meta({
      description: 'leave out what is less severe: low, moderate, high or critical (default: low)',
      value: 'severity',
    }),
    filter,
    offline,
    registry,
    lockTimeout,
  }),
  examples: [
    ['Look for problems with locked packages', 'cpm audit'],
    ['Compare them with known vulnerabilities', 'cpm audit --advisories osv/'],
    ['Exit status: 0 nothing found, 3 something', 'cpm audit --level high --json; echo $?'],
  ],
  run: (session, { advisories, ...input }) => audit(session, { ...input, ...(advisories && { advisories }) }),
  exit: ({ findings }) => (findings.length > 0 ? 'changesNeeded' : 'ok'),
  views: {
    human: (result, style) => [...result.findings.map((each) => block(each, style)), ...summary(result)].join('\n'),
  },
})

const COLORS: Readonly<Record<Severity, Parameters<Style>[0]>> = {
  low: 'dim',
  moderate: 'yellow',
  high: 'red',
  critical: 'red',
}

function block({ name, version, severity, id, aliases, message, hint }: AuditFinding, style: Style): string {
  const ids = [id, ...aliases].join(', ')
  const lines = [`${style(COLORS[severity], severity)} ${name}@${version}: ${ids}`, `  ${oneLine(message)}`]
  return [...lines, ...(hint === null ? [] : [style('dim', `  try: ${hint}`)])].join('\n')
}

function summary({ packages, advisories, findings, waived, unread }: Audit): string[] {
  const against = advisories === 0 ? '' : ` and ${advisories === 1 ? '1 advisory' : `${advisories} advisories`}`
  const found = findings.length === 0 ? 'nothing found' : `${count(findings.length, 'problem')} found`
  const notes = [
    ...(waived.length > 0 ? [`${count(waived.length, 'finding')} waived: cpm policy check`] : []),
    ...(unread.length > 0 ? [`the licenses of ${count(unread.length, 'package')} are unknown: cpm install`] : []),
  ]
  return [`${found} in ${count(packages, 'package')}${against}`, ...notes]
}
