import { count } from '../../core/amounts.ts'

/** @param packages how many the project has */
export function upToDateText(packages: number): string {
  return `up to date: ${count(packages, 'package')}`
}
