import { defineCommand, definePlugin, z } from 'colony-cpm/plugin'

export default definePlugin({
  name: 'my-plugin',
  version: '0.1.0',
  description: 'Says what is installed',

  // What the plugin may do besides reading its own files. Users approve this list.
  permissions: { operations: ['list'] },

  // Runs before anything changes. A list of reasons in `refuse` stops the installation.
  onPreInstall({ packages }, { options, log }) {
    const blocked = packages.filter(({ name }) => options.blocked?.includes(name))
    for (const { name, version } of packages) log(`${name} ${version}`)
    return { refuse: blocked.map(({ name }) => ({ package: name, reason: 'is blocked by your settings' })) }
  },

  addCliCommands: () => [
    defineCommand({
      name: 'my-plugin',
      summary: 'Count the packages of this project',
      input: z.object({ loud: z.boolean().default(false).describe('shout') }),
      async run({ loud }, { call }) {
        const { packages } = await call('list')
        return { packages: packages.length, loud }
      },
      view: ({ packages, loud }) => `${packages} packages${loud ? '!' : ''}`,
    }),
  ],
})
