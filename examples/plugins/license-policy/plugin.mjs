import { definePlugin } from 'colony-cpm/plugin'

/**
 * Refuses packages whose license is not allowed.
 * Settings: `plugins.license-policy.options`: `{ "allowed": ["MIT", "Apache-2.0"], "exceptions": ["@acme/tools"] }`
 */
export default definePlugin({
  name: 'license-policy',
  version: '1.0.0',
  description: 'Refuses packages whose license is not on your list',

  onResolve: {
    required: true,
    run({ packages, dryRun }, { options }) {
      const { allowed = ['MIT', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC'], exceptions = [] } = options
      const checked = packages.filter(({ name, tree }) => tree !== null && !exceptions.includes(name))
      // Before a package is on this machine, its license may be unknown.
      const known = checked.filter(({ license }) => !dryRun || license !== null)
      return {
        refuse: known
          .filter(({ license }) => !isAllowed(license, allowed))
          .map(({ name, license }) => ({
            package: name,
            reason: license === null ? 'has no license' : `has the license ${license}`,
          })),
      }
    },
  },
})

/** Understands SPDX expressions without parentheses: any license around OR, and all licenses around AND. */
function isAllowed(license, allowed) {
  return (license ?? '')
    .replace(/[()]/g, '')
    .split(' OR ')
    .some((choice) => choice.split(' AND ').every((one) => allowed.includes(one.split(' WITH ')[0].trim())))
}
