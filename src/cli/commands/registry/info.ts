import { z } from 'zod'
import type { PackageInfo, VersionInfo } from '../../../schema/documents.ts'
import { oneLine } from '../../../core/printable.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { lockTimeout, registry } from '../../shell/options.ts'
import { bytes, count } from '../../../core/amounts.ts'
import type { Style } from '../../terminal/style.ts'
import { info } from '../../../operations/registries/info.ts'

export default defineCommand({
  input: z.object({
    release: z.string().meta({ description: 'a package or one of its versions', value: 'name[@version]' }),
    registry,
    lockTimeout,
  }),
  positionals: ['release'],
  examples: [
    ['Show a package, its versions and owners', 'cpm info thumbnails'],
    ['Show one version', 'cpm info thumbnails@1.2.0'],
  ],
  run: info,
  views: {
    human: (info, style) => (info.package ? renderPackage(info.package, style) : renderVersion(info.version, style)),
  },
})

function renderPackage(info: PackageInfo, style: Style): string {
  const releases = [...info.releases].reverse()
  const shown = releases
    .slice(0, 10)
    .map((release) => `  ${release.version}  ${release.publishedAt}${remarks(release)}`)
  return [
    `${style('bold', info.name)} ${info.version}${info.description === '' ? '' : `  ${oneLine(info.description)}`}`,
    ...facts(info),
    `owners: ${info.owners.join(', ')}`,
    `${count(releases.length, 'version')}:`,
    ...shown,
    ...(releases.length > shown.length
      ? [style('dim', `  … and ${releases.length - shown.length} older; --json shows all`)]
      : []),
  ].join('\n')
}

function renderVersion(info: VersionInfo, style: Style): string {
  const needs = Object.entries(info.dependencies).map(
    ([name, wanted]) =>
      `  ${name} ${typeof wanted === 'string' ? wanted : `${wanted.version}${wanted.optional ? ' (optional)' : ''}`}`,
  )
  return [
    `${style('bold', `${info.name}@${info.version}`)}${info.description === '' ? '' : `  ${oneLine(info.description)}`}${remarks(info)}`,
    ...facts(info),
    `published ${info.publishedAt}: ${count(info.files, 'file')}, ${bytes(info.size)}, ${bytes(info.archiveSize)} packed`,
    `tree ${info.tree}`,
    `signed by ${info.signers.join(', ')}`,
    ...(needs.length === 0 ? ['no dependencies'] : ['dependencies:', ...needs]),
  ].join('\n')
}

function facts(info: Pick<VersionInfo, 'license' | 'authors' | 'keywords' | 'homepage' | 'repository'>): string[] {
  const { license, authors, keywords, homepage, repository } = info
  const lines: [string, string | null][] = [
    ['license', license],
    ['by', authors.join(', ')],
    ['keywords', keywords.join(', ')],
    ['homepage', homepage],
    ['repository', repository],
  ]
  return lines.flatMap(([label, value]) => (value === null || value === '' ? [] : [`${label}: ${oneLine(value)}`]))
}

function remarks({
  yanked,
  yankReason,
  deprecated,
  deprecationReason,
  replacement,
}: VersionInfo | PackageInfo['releases'][number]): string {
  const because = (reason: string | null) => (reason === null ? '' : ` (${oneLine(reason)})`)
  const instead = replacement === null ? '' : `, use ${oneLine(replacement)}`
  return `${yanked ? `  yanked${because(yankReason)}` : ''}${deprecated ? `  deprecated${because(deprecationReason)}${instead}` : ''}`
}
