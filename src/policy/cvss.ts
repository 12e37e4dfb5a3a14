import type { Severity } from '../schema/advisory.ts'

const WEIGHTS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  AV: { N: 0.85, A: 0.62, L: 0.55, P: 0.2 },
  AC: { L: 0.77, H: 0.44 },
  UI: { N: 0.85, R: 0.62 },
  C: { H: 0.56, L: 0.22, N: 0 },
  I: { H: 0.56, L: 0.22, N: 0 },
  A: { H: 0.56, L: 0.22, N: 0 },
}
/** Privileges required weigh less if the scope changes. */
const PRIVILEGES = { U: { N: 0.85, L: 0.62, H: 0.27 }, C: { N: 0.85, L: 0.68, H: 0.5 } } as const

/**
 * Returns the base score of a CVSS 3 vector such as `CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H` (CVSS 3.1, section
 * 7.1); undefined for other versions and incomplete vectors.
 */
export function baseScore(vector: string): number | undefined {
  if (!/^CVSS:3\.[01]\//.test(vector)) return undefined
  const metrics = new Map(vector.split('/').map((part) => part.split(':') as [string, string]))
  const weight = (name: string) => WEIGHTS[name]?.[metrics.get(name) ?? '']
  const [av, ac, ui, c, i, a] = ['AV', 'AC', 'UI', 'C', 'I', 'A'].map(weight)
  const scope = metrics.get('S')
  const pr = scope === 'U' || scope === 'C' ? PRIVILEGES[scope][metrics.get('PR') as 'N' | 'L' | 'H'] : undefined
  if ([av, ac, ui, c, i, a, pr].includes(undefined)) return undefined
  const impactBase = 1 - (1 - (c ?? 0)) * (1 - (i ?? 0)) * (1 - (a ?? 0))
  const isChanged = scope === 'C'
  const impact = isChanged ? 7.52 * (impactBase - 0.029) - 3.25 * Math.pow(impactBase - 0.02, 15) : 6.42 * impactBase
  if (impact <= 0) return 0
  const exploitability = 8.22 * (av ?? 0) * (ac ?? 0) * (pr ?? 0) * (ui ?? 0)
  return roundUp(Math.min((isChanged ? 1.08 : 1) * (impact + exploitability), 10))
}

/** Rounds up to one decimal, regardless of the errors of binary fractions (CVSS 3.1, appendix A). */
function roundUp(score: number): number {
  const whole = Math.round(score * 100_000)
  return whole % 10_000 === 0 ? whole / 100_000 : (Math.floor(whole / 10_000) + 1) / 10
}

export function severityOfScore(score: number): Severity {
  return score >= 9 ? 'critical' : score >= 7 ? 'high' : score >= 4 ? 'moderate' : 'low'
}
