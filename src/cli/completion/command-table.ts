import type { COMMAND_LIST } from '../shell/command-list.ts'
import type { CommandFacts } from './table.ts'

/** Generated from the declarations of the commands by `npm run docs`. */
export const COMMAND_TABLE: Record<(typeof COMMAND_LIST)[number]['name'], CommandFacts> = {
  init: {
    positionals: [{ key: 'dir', value: 'dir', isMany: false }],
    flags: [
      { name: '--name', value: 'name', about: 'the name of the package (default: that of the folder)' },
      {
        name: '--template',
        value: 'template',
        choices: ['hello', 'fan-out', 'sweep', 'plugin'],
        about: 'what to start from (default: hello, or asks in a terminal)',
      },
      { name: '--yes', short: '-y', about: 'ask no questions, and take the defaults' },
      { name: '--bare', about: 'create only a colony.yaml, for a project that uses packages' },
      { name: '--workspace', about: 'create a workspace for the packages in packages/' },
    ],
  },
  validate: {
    positionals: [{ key: 'dir', value: 'dir', isMany: false }],
    flags: [
      { name: '--allow', value: 'pattern', isMany: true, about: 'pack matching files even if they look like secrets' },
      { name: '--junit', value: 'file', about: 'also write the results to a file, in the format of JUnit' },
    ],
  },
  pack: {
    positionals: [{ key: 'dir', value: 'dir', isMany: false }],
    flags: [
      { name: '--output', short: '-o', value: 'file', about: 'the archive to write' },
      { name: '--dry-run', about: 'show what would be done, without changing anything' },
      { name: '--allow', value: 'pattern', isMany: true, about: 'pack matching files even if they look like secrets' },
    ],
  },
  publish: {
    positionals: [{ key: 'sources', value: 'dir-or-file', isMany: true }],
    flags: [
      {
        name: '--workspace',
        about: 'publish the members of the workspace whose version is not published yet, in dependency order',
      },
      {
        name: '--filter',
        value: 'member',
        isMany: true,
        about: 'in a workspace: a member, a pattern of names, or a folder such as ./packages/*; !name leaves one out',
      },
      { name: '--key', value: 'id', about: 'the signing key, by its id or the start of it' },
      { name: '--allow', value: 'pattern', isMany: true, about: 'pack matching files even if they look like secrets' },
      {
        name: '--registry',
        value: 'registry',
        about: 'the registry: a folder, a URL, or a name from your configuration',
      },
      { name: '--lock-timeout', value: 'seconds', about: 'how long to wait for another cpm process' },
      { name: '--test', about: 'first run the tests of the packages (the default)' },
      { name: '--no-test', about: 'the opposite of --test' },
      { name: '--dry-run', about: 'show what would be done, without changing anything' },
    ],
  },
  'key generate': { positionals: [], flags: [] },
  'key list': { positionals: [], flags: [] },
  'key export': {
    positionals: [{ key: 'id', value: 'id', isMany: false }],
    flags: [
      { name: '--secret', about: 'write the secret seed to a file (-o), for CPM_SIGNING_KEY in CI' },
      { name: '--output', short: '-o', value: 'file', about: 'the file to write the secret to' },
    ],
  },
  'key trust': {
    positionals: [{ key: 'key', value: 'key', isMany: false }],
    flags: [{ name: '--for', value: 'name', about: 'a package, or a pattern such as @acme/*' }],
  },
  'key distrust': {
    positionals: [{ key: 'key', value: 'key', isMany: false }],
    flags: [{ name: '--undo', about: 'end the distrust of the key' }],
  },
  'owner list': {
    positionals: [{ key: 'name', value: 'name', isMany: false }],
    flags: [
      {
        name: '--registry',
        value: 'registry',
        about: 'the registry: a folder, a URL, or a name from your configuration',
      },
      { name: '--lock-timeout', value: 'seconds', about: 'how long to wait for another cpm process' },
    ],
  },
  'owner add': {
    positionals: [
      { key: 'name', value: 'name', isMany: false },
      { key: 'keys', value: 'key', isMany: true },
    ],
    flags: [
      { name: '--key', value: 'id', about: 'the signing key, by its id or the start of it' },
      {
        name: '--registry',
        value: 'registry',
        about: 'the registry: a folder, a URL, or a name from your configuration',
      },
      { name: '--lock-timeout', value: 'seconds', about: 'how long to wait for another cpm process' },
    ],
  },
  'owner remove': {
    positionals: [
      { key: 'name', value: 'name', isMany: false },
      { key: 'keys', value: 'key', isMany: true },
    ],
    flags: [
      { name: '--key', value: 'id', about: 'the signing key, by its id or the start of it' },
      {
        name: '--registry',
        value: 'registry',
        about: 'the registry: a folder, a URL, or a name from your configuration',
      },
      { name: '--lock-timeout', value: 'seconds', about: 'how long to wait for another cpm process' },
    ],
  },
  yank: {
    positionals: [{ key: 'release', value: 'name@version', isMany: false }],
    flags: [
      { name: '--reason', value: 'text', about: 'why, for users who have it' },
      {
        name: '--registry',
        value: 'registry',
        about: 'the registry: a folder, a URL, or a name from your configuration',
      },
      { name: '--lock-timeout', value: 'seconds', about: 'how long to wait for another cpm process' },
    ],
  },
  unyank: {
    positionals: [{ key: 'release', value: 'name@version', isMany: false }],
    flags: [
      {
        name: '--registry',
        value: 'registry',
        about: 'the registry: a folder, a URL, or a name from your configuration',
      },
      { name: '--lock-timeout', value: 'seconds', about: 'how long to wait for another cpm process' },
    ],
  },
  deprecate: {
    positionals: [{ key: 'release', value: 'name@version', isMany: false }],
    flags: [
      { name: '--reason', value: 'text', about: 'why' },
      { name: '--replacement', value: 'name', about: 'what to use instead' },
      { name: '--undo', about: 'undo the deprecation' },
      {
        name: '--registry',
        value: 'registry',
        about: 'the registry: a folder, a URL, or a name from your configuration',
      },
      { name: '--lock-timeout', value: 'seconds', about: 'how long to wait for another cpm process' },
    ],
  },
  login: {
    positionals: [{ key: 'registry', value: 'registry', isMany: false }],
    flags: [
      { name: '--token-stdin', about: 'read the token from standard input' },
      { name: '--lock-timeout', value: 'seconds', about: 'how long to wait for another cpm process' },
    ],
  },
  logout: {
    positionals: [{ key: 'registry', value: 'registry', isMany: false }],
    flags: [{ name: '--lock-timeout', value: 'seconds', about: 'how long to wait for another cpm process' }],
  },
  whoami: {
    positionals: [{ key: 'registry', value: 'registry', isMany: false }],
    flags: [{ name: '--lock-timeout', value: 'seconds', about: 'how long to wait for another cpm process' }],
  },
  search: {
    positionals: [{ key: 'words', value: 'words', isMany: true }],
    flags: [
      { name: '--keyword', value: 'word', about: 'a keyword the package must have' },
      { name: '--author', value: 'name', about: "part of an author's name" },
      { name: '--limit', value: 'n', about: 'how many packages to show (default: 20)' },
      { name: '--after', value: 'name', about: 'continue after this name' },
      {
        name: '--registry',
        value: 'registry',
        about: 'the registry: a folder, a URL, or a name from your configuration',
      },
      { name: '--lock-timeout', value: 'seconds', about: 'how long to wait for another cpm process' },
    ],
  },
  info: {
    positionals: [{ key: 'release', value: 'name[@version]', isMany: false }],
    flags: [
      {
        name: '--registry',
        value: 'registry',
        about: 'the registry: a folder, a URL, or a name from your configuration',
      },
      { name: '--lock-timeout', value: 'seconds', about: 'how long to wait for another cpm process' },
    ],
  },
  install: {
    positionals: [{ key: 'names', value: 'name@range', isMany: true }],
    flags: [
      {
        name: '--global',
        short: '-g',
        about: 'install for you, outside of any project, with executables in $CPM_HOME/bin',
      },
      { name: '--dev', about: 'add to devDependencies' },
      { name: '--exact', about: 'add the exact version instead of ^version' },
      { name: '--frozen', about: 'fail if colony.lock would change (default if CI is set)' },
      { name: '--no-frozen', about: 'allow colony.lock to change, even in CI' },
      { name: '--offline', about: 'use only what is on this machine' },
      { name: '--dry-run', about: 'show what would be done, without changing anything' },
      {
        name: '--filter',
        value: 'member',
        isMany: true,
        about: 'in a workspace: a member, a pattern of names, or a folder such as ./packages/*; !name leaves one out',
      },
      { name: '--copy', about: 'copy files into colony_packages instead of linking them' },
      {
        name: '--resolution',
        value: 'which',
        choices: ['highest', 'lowest', 'lowest-direct'],
        about: 'prefer highest (the default), lowest or lowest-direct versions',
      },
      { name: '--exclude-newer', value: 'date', about: 'ignore versions published after this date' },
      {
        name: '--target',
        value: 'file',
        about: 'check the conditions of packages against the colony that this file describes',
      },
      {
        name: '--registry',
        value: 'registry',
        about: 'the registry: a folder, a URL, or a name from your configuration',
      },
      { name: '--lock-timeout', value: 'seconds', about: 'how long to wait for another cpm process' },
    ],
  },
  ci: {
    positionals: [],
    flags: [
      { name: '--offline', about: 'use only what is on this machine' },
      {
        name: '--prove',
        about: 'read every installed file, also those that were not written since they were last proven',
      },
      {
        name: '--no-prove',
        about: 'read only files that were written since they were last proven, whatever your settings say',
      },
      {
        name: '--filter',
        value: 'member',
        isMany: true,
        about: 'in a workspace: a member, a pattern of names, or a folder such as ./packages/*; !name leaves one out',
      },
      { name: '--copy', about: 'copy files into colony_packages instead of linking them' },
      {
        name: '--registry',
        value: 'registry',
        about: 'the registry: a folder, a URL, or a name from your configuration',
      },
      { name: '--lock-timeout', value: 'seconds', about: 'how long to wait for another cpm process' },
    ],
  },
  resolve: {
    positionals: [],
    flags: [
      {
        name: '--universe',
        value: 'file',
        about: 'resolve the packages in this JSON file instead of the project (docs/resolver.md)',
      },
      { name: '--proof', value: 'file', about: 'write a proof of the answer to this file' },
      { name: '--check', value: 'file', about: 'check the proof in this file instead' },
      {
        name: '--resolution',
        value: 'which',
        choices: ['highest', 'lowest', 'lowest-direct'],
        about: 'prefer highest (the default), lowest or lowest-direct versions',
      },
      { name: '--exclude-newer', value: 'date', about: 'ignore versions published after this date' },
      {
        name: '--target',
        value: 'file',
        about: 'check the conditions of packages against the colony that this file describes',
      },
      { name: '--offline', about: 'use only what is on this machine' },
      {
        name: '--registry',
        value: 'registry',
        about: 'the registry: a folder, a URL, or a name from your configuration',
      },
      { name: '--lock-timeout', value: 'seconds', about: 'how long to wait for another cpm process' },
    ],
  },
  update: {
    positionals: [{ key: 'names', value: 'name', isMany: true }],
    flags: [
      { name: '--interactive', short: '-i', about: 'choose the packages from a list' },
      { name: '--global', short: '-g', about: 'work with your global packages instead of a project' },
      { name: '--latest', about: 'update beyond the ranges in colony.yaml, and change them' },
      { name: '--dry-run', about: 'show what would be done, without changing anything' },
      {
        name: '--filter',
        value: 'member',
        isMany: true,
        about: 'in a workspace: a member, a pattern of names, or a folder such as ./packages/*; !name leaves one out',
      },
      { name: '--copy', about: 'copy files into colony_packages instead of linking them' },
      {
        name: '--resolution',
        value: 'which',
        choices: ['highest', 'lowest', 'lowest-direct'],
        about: 'prefer highest (the default), lowest or lowest-direct versions',
      },
      { name: '--exclude-newer', value: 'date', about: 'ignore versions published after this date' },
      {
        name: '--target',
        value: 'file',
        about: 'check the conditions of packages against the colony that this file describes',
      },
      {
        name: '--registry',
        value: 'registry',
        about: 'the registry: a folder, a URL, or a name from your configuration',
      },
      { name: '--lock-timeout', value: 'seconds', about: 'how long to wait for another cpm process' },
    ],
  },
  outdated: {
    positionals: [],
    flags: [
      {
        name: '--filter',
        value: 'member',
        isMany: true,
        about: 'in a workspace: a member, a pattern of names, or a folder such as ./packages/*; !name leaves one out',
      },
      { name: '--offline', about: 'use only what is on this machine' },
      {
        name: '--registry',
        value: 'registry',
        about: 'the registry: a folder, a URL, or a name from your configuration',
      },
      { name: '--lock-timeout', value: 'seconds', about: 'how long to wait for another cpm process' },
    ],
  },
  why: {
    positionals: [{ key: 'name', value: 'name', isMany: false }],
    flags: [
      { name: '--global', short: '-g', about: 'work with your global packages instead of a project' },
      {
        name: '--filter',
        value: 'member',
        isMany: true,
        about: 'in a workspace: a member, a pattern of names, or a folder such as ./packages/*; !name leaves one out',
      },
      { name: '--offline', about: 'use only what is on this machine' },
      {
        name: '--registry',
        value: 'registry',
        about: 'the registry: a folder, a URL, or a name from your configuration',
      },
    ],
  },
  'why-not': {
    positionals: [{ key: 'release', value: 'name@version', isMany: false }],
    flags: [
      { name: '--offline', about: 'use only what is on this machine' },
      {
        name: '--resolution',
        value: 'which',
        choices: ['highest', 'lowest', 'lowest-direct'],
        about: 'prefer highest (the default), lowest or lowest-direct versions',
      },
      { name: '--exclude-newer', value: 'date', about: 'ignore versions published after this date' },
      {
        name: '--target',
        value: 'file',
        about: 'check the conditions of packages against the colony that this file describes',
      },
      {
        name: '--registry',
        value: 'registry',
        about: 'the registry: a folder, a URL, or a name from your configuration',
      },
      { name: '--lock-timeout', value: 'seconds', about: 'how long to wait for another cpm process' },
    ],
  },
  uninstall: {
    positionals: [{ key: 'names', value: 'name', isMany: true }],
    flags: [
      { name: '--global', short: '-g', about: 'work with your global packages instead of a project' },
      { name: '--dry-run', about: 'show what would be done, without changing anything' },
      {
        name: '--filter',
        value: 'member',
        isMany: true,
        about: 'in a workspace: a member, a pattern of names, or a folder such as ./packages/*; !name leaves one out',
      },
      { name: '--copy', about: 'copy files into colony_packages instead of linking them' },
      {
        name: '--registry',
        value: 'registry',
        about: 'the registry: a folder, a URL, or a name from your configuration',
      },
      { name: '--lock-timeout', value: 'seconds', about: 'how long to wait for another cpm process' },
    ],
  },
  list: {
    positionals: [],
    flags: [
      { name: '--direct', about: 'list only direct dependencies' },
      { name: '--global', short: '-g', about: 'work with your global packages instead of a project' },
      {
        name: '--filter',
        value: 'member',
        isMany: true,
        about: 'in a workspace: a member, a pattern of names, or a folder such as ./packages/*; !name leaves one out',
      },
      { name: '--offline', about: 'use only what is on this machine' },
      {
        name: '--registry',
        value: 'registry',
        about: 'the registry: a folder, a URL, or a name from your configuration',
      },
    ],
  },
  tree: {
    positionals: [{ key: 'name', value: 'name', isMany: false }],
    flags: [
      { name: '--depth', value: 'levels', about: 'how many levels to show; 1 for direct dependencies only' },
      { name: '--global', short: '-g', about: 'work with your global packages instead of a project' },
      {
        name: '--filter',
        value: 'member',
        isMany: true,
        about: 'in a workspace: a member, a pattern of names, or a folder such as ./packages/*; !name leaves one out',
      },
    ],
  },
  diff: {
    positionals: [
      { key: 'left', value: 'before', isMany: false },
      { key: 'right', value: 'after', isMany: false },
    ],
    flags: [
      { name: '--patch', short: '-p', about: 'compare the lines of changed text files' },
      { name: '--offline', about: 'use only what is on this machine' },
      {
        name: '--registry',
        value: 'registry',
        about: 'the registry: a folder, a URL, or a name from your configuration',
      },
      { name: '--lock-timeout', value: 'seconds', about: 'how long to wait for another cpm process' },
    ],
  },
  licenses: {
    positionals: [],
    flags: [
      {
        name: '--filter',
        value: 'member',
        isMany: true,
        about: 'in a workspace: a member, a pattern of names, or a folder such as ./packages/*; !name leaves one out',
      },
    ],
  },
  sbom: {
    positionals: [],
    flags: [
      {
        name: '--format',
        value: 'format',
        choices: ['cyclonedx', 'spdx'],
        about: 'CycloneDX 1.6 or SPDX 2.3, both in JSON (default: cyclonedx)',
      },
      { name: '--output', short: '-o', value: 'file', about: 'write it to this file' },
      {
        name: '--filter',
        value: 'member',
        isMany: true,
        about: 'in a workspace: a member, a pattern of names, or a folder such as ./packages/*; !name leaves one out',
      },
    ],
  },
  path: {
    positionals: [{ key: 'name', value: 'name', isMany: false }],
    flags: [{ name: '--global', short: '-g', about: 'work with your global packages instead of a project' }],
  },
  verify: {
    positionals: [],
    flags: [
      { name: '--global', short: '-g', about: 'work with your global packages instead of a project' },
      {
        name: '--filter',
        value: 'member',
        isMany: true,
        about: 'in a workspace: a member, a pattern of names, or a folder such as ./packages/*; !name leaves one out',
      },
      { name: '--offline', about: 'use only what is on this machine' },
      {
        name: '--registry',
        value: 'registry',
        about: 'the registry: a folder, a URL, or a name from your configuration',
      },
    ],
  },
  audit: {
    positionals: [],
    flags: [
      {
        name: '--advisories',
        value: 'file',
        isMany: true,
        about: 'a file, or a folder of files, with advisories in the OSV format (repeatable)',
      },
      {
        name: '--level',
        value: 'severity',
        choices: ['low', 'moderate', 'high', 'critical'],
        about: 'leave out what is less severe: low, moderate, high or critical (default: low)',
      },
      {
        name: '--filter',
        value: 'member',
        isMany: true,
        about: 'in a workspace: a member, a pattern of names, or a folder such as ./packages/*; !name leaves one out',
      },
      { name: '--offline', about: 'use only what is on this machine' },
      {
        name: '--registry',
        value: 'registry',
        about: 'the registry: a folder, a URL, or a name from your configuration',
      },
      { name: '--lock-timeout', value: 'seconds', about: 'how long to wait for another cpm process' },
    ],
  },
  policy: { positionals: [], flags: [{ name: '--offline', about: 'use only what is on this machine' }] },
  'policy check': {
    positionals: [],
    flags: [
      {
        name: '--filter',
        value: 'member',
        isMany: true,
        about: 'in a workspace: a member, a pattern of names, or a folder such as ./packages/*; !name leaves one out',
      },
      { name: '--offline', about: 'use only what is on this machine' },
      {
        name: '--registry',
        value: 'registry',
        about: 'the registry: a folder, a URL, or a name from your configuration',
      },
      { name: '--lock-timeout', value: 'seconds', about: 'how long to wait for another cpm process' },
    ],
  },
  gc: {
    positionals: [],
    flags: [
      { name: '--dry-run', about: 'show what would be done, without changing anything' },
      { name: '--older-than', value: 'days', about: 'keep packages that were written or used in the last <days> days' },
      {
        name: '--forget-missing',
        about: 'also remove packages that only missing projects use, instead of keeping them for 30 days',
      },
      { name: '--lock-timeout', value: 'seconds', about: 'how long to wait for another cpm process' },
    ],
  },
  'store verify': {
    positionals: [],
    flags: [
      { name: '--repair', about: 'fetch damaged packages again, and remove those that nothing uses' },
      { name: '--offline', about: 'use only what is on this machine' },
      {
        name: '--registry',
        value: 'registry',
        about: 'the registry: a folder, a URL, or a name from your configuration',
      },
      { name: '--lock-timeout', value: 'seconds', about: 'how long to wait for another cpm process' },
    ],
  },
  'cache dir': { positionals: [], flags: [] },
  'cache size': { positionals: [], flags: [] },
  'cache clean': {
    positionals: [],
    flags: [
      {
        name: '--all',
        about: 'also remove what proves installed packages offline, and the memory of owners and indexes',
      },
      { name: '--dry-run', about: 'show what would be done, without changing anything' },
    ],
  },
  serve: {
    positionals: [],
    flags: [
      { name: '--port', value: 'port', about: 'the port to listen on; 0 for any free port (default: 7878)' },
      { name: '--host', value: 'address', about: 'the address to listen on (default: this machine only)' },
      { name: '--root', value: 'dir', about: "the registry's folder (default: this machine's registry)" },
      { name: '--readonly', about: 'accept no changes' },
      { name: '--private', about: 'require a token for reading' },
      { name: '--upstream', value: 'url', about: 'also serve packages of this registry, and keep proven copies' },
      {
        name: '--upstream-packages',
        value: 'pattern',
        isMany: true,
        about: 'names that belong only to the upstream registry (default: all)',
      },
      { name: '--cors', value: 'origin', isMany: true, about: 'allow web pages of this origin to call the registry' },
    ],
  },
  'serve token create': {
    positionals: [],
    flags: [
      { name: '--name', value: 'text', about: 'a name to show in lists' },
      {
        name: '--scope',
        value: 'scope',
        isMany: true,
        about: 'read, publish, yank or owner (default: read and publish)',
      },
      {
        name: '--packages',
        value: 'pattern',
        isMany: true,
        about: 'packages it applies to, such as tools or @acme/* (default: all)',
      },
      { name: '--expires', value: 'days', about: 'days until it expires, at most 365 (default: 30)' },
      { name: '--root', value: 'dir', about: "the registry's folder (default: this machine's registry)" },
      { name: '--lock-timeout', value: 'seconds', about: 'how long to wait for another cpm process' },
    ],
  },
  'serve token list': {
    positionals: [],
    flags: [{ name: '--root', value: 'dir', about: "the registry's folder (default: this machine's registry)" }],
  },
  'serve token revoke': {
    positionals: [{ key: 'id', value: 'id', isMany: false }],
    flags: [
      { name: '--root', value: 'dir', about: "the registry's folder (default: this machine's registry)" },
      { name: '--lock-timeout', value: 'seconds', about: 'how long to wait for another cpm process' },
    ],
  },
  'values show': {
    positionals: [{ key: 'target', value: 'package|dir', isMany: false }],
    flags: [
      { name: '--registry', value: 'registry', about: 'the registry to search if the package is not installed' },
      { name: '--yes', about: 'download the package if needed, without asking' },
      {
        name: '--values',
        short: '-f',
        value: 'file',
        isMany: true,
        about: 'read values from a file, or - for stdin; later ones win',
      },
      { name: '--set', value: 'key=value', isMany: true, about: 'set an input' },
      {
        name: '--set-string',
        value: 'key=text',
        isMany: true,
        about: 'set an input to a string, without interpreting it',
      },
      { name: '--set-file', value: 'key=file', isMany: true, about: 'set an input to the contents of a file' },
      {
        name: '--set-json',
        value: 'key=json',
        isMany: true,
        about: 'set an input to a JSON value, such as a list, a map or null',
      },
    ],
  },
  'values explain': {
    positionals: [
      { key: 'key', value: 'key', isMany: false },
      { key: 'target', value: 'package|dir', isMany: false },
    ],
    flags: [
      { name: '--registry', value: 'registry', about: 'the registry to search if the package is not installed' },
      { name: '--yes', about: 'download the package if needed, without asking' },
      {
        name: '--values',
        short: '-f',
        value: 'file',
        isMany: true,
        about: 'read values from a file, or - for stdin; later ones win',
      },
      { name: '--set', value: 'key=value', isMany: true, about: 'set an input' },
      {
        name: '--set-string',
        value: 'key=text',
        isMany: true,
        about: 'set an input to a string, without interpreting it',
      },
      { name: '--set-file', value: 'key=file', isMany: true, about: 'set an input to the contents of a file' },
      {
        name: '--set-json',
        value: 'key=json',
        isMany: true,
        about: 'set an input to a JSON value, such as a list, a map or null',
      },
    ],
  },
  'values schema': {
    positionals: [{ key: 'target', value: 'package|dir', isMany: false }],
    flags: [
      { name: '--registry', value: 'registry', about: 'the registry to search if the package is not installed' },
      { name: '--yes', about: 'download the package if needed, without asking' },
    ],
  },
  'schema manifest': { positionals: [], flags: [] },
  'schema workflow': { positionals: [], flags: [] },
  'schema tests': { positionals: [], flags: [] },
  render: {
    positionals: [{ key: 'target', value: 'package|dir', isMany: false }],
    flags: [
      { name: '--registry', value: 'registry', about: 'the registry to search if the package is not installed' },
      { name: '--yes', about: 'download the package if needed, without asking' },
      {
        name: '--values',
        short: '-f',
        value: 'file',
        isMany: true,
        about: 'read values from a file, or - for stdin; later ones win',
      },
      { name: '--set', value: 'key=value', isMany: true, about: 'set an input' },
      {
        name: '--set-string',
        value: 'key=text',
        isMany: true,
        about: 'set an input to a string, without interpreting it',
      },
      { name: '--set-file', value: 'key=file', isMany: true, about: 'set an input to the contents of a file' },
      {
        name: '--set-json',
        value: 'key=json',
        isMany: true,
        about: 'set an input to a JSON value, such as a list, a map or null',
      },
      { name: '--workflow', value: 'name', about: 'the workflow to render (default: main)' },
      {
        name: '--drop-unknown-keys',
        about: 'drop keys that ColonyOS does not know with a warning, instead of rejecting them',
      },
      { name: '--all', about: 'render every document of the package, not only the one to submit' },
      { name: '--source', about: 'show where each value comes from and which inputs it reads' },
      { name: '--output', short: '-o', value: 'file', about: 'write to a file, or - for stdout' },
    ],
  },
  test: {
    positionals: [{ key: 'dir', value: 'dir', isMany: false }],
    flags: [
      { name: '--update', about: 'update the snapshots' },
      { name: '--junit', value: 'file', about: 'also write the results to a file, in the format of JUnit' },
      { name: '--seed', value: 'number', about: 'seed for the generated input values' },
      { name: '--rounds', value: 'number', about: 'number of generated sets of values' },
    ],
  },
  submit: {
    positionals: [{ key: 'target', value: 'package|dir', isMany: false }],
    flags: [
      { name: '--registry', value: 'registry', about: 'the registry to search if the package is not installed' },
      { name: '--yes', about: 'download the package if needed, without asking' },
      {
        name: '--engine',
        value: 'engine',
        choices: ['local', 'colonyos'],
        about:
          'colonyos (the default if a colony is selected), or local to run programs of the package on this machine',
      },
      {
        name: '--values',
        short: '-f',
        value: 'file',
        isMany: true,
        about: 'read values from a file, or - for stdin; later ones win',
      },
      { name: '--set', value: 'key=value', isMany: true, about: 'set an input' },
      {
        name: '--set-string',
        value: 'key=text',
        isMany: true,
        about: 'set an input to a string, without interpreting it',
      },
      { name: '--set-file', value: 'key=file', isMany: true, about: 'set an input to the contents of a file' },
      {
        name: '--set-json',
        value: 'key=json',
        isMany: true,
        about: 'set an input to a JSON value, such as a list, a map or null',
      },
      { name: '--workflow', value: 'name', about: 'the workflow to run (default: main)' },
      { name: '--context', value: 'name', about: 'the context to use (cpm context list)' },
      {
        name: '--run',
        value: 'name',
        about: 'a name for the run; with the name of an existing run, that run is used instead of a new one',
      },
      { name: '--wait', about: 'wait for a run in a colony to finish, as a local run always does' },
      { name: '--logs', about: 'show logs of the nodes while waiting' },
      { name: '--timeout', value: 'seconds', about: 'how long to wait for the run to finish' },
      { name: '--dry-run', about: 'check and show what would run or be sent, without doing it' },
      {
        name: '--drop-unknown-keys',
        about: 'drop keys that ColonyOS does not know with a warning, instead of rejecting them',
      },
      { name: '--check-colony', about: 'check whether the colony can run it, without submitting' },
    ],
  },
  'colony info': {
    positionals: [],
    flags: [{ name: '--context', value: 'name', about: 'the context to use (cpm context list)' }],
  },
  'colony executors': {
    positionals: [],
    flags: [
      { name: '--all', about: 'include removed and rejected executors' },
      { name: '--context', value: 'name', about: 'the context to use (cpm context list)' },
    ],
  },
  'colony functions': {
    positionals: [],
    flags: [
      { name: '--executor', value: 'name', about: 'only functions of this executor' },
      { name: '--context', value: 'name', about: 'the context to use (cpm context list)' },
    ],
  },
  'config list': {
    positionals: [],
    flags: [
      { name: '--origin', about: 'show where each value comes from' },
      { name: '--all', about: 'also list the settings that are not set' },
    ],
  },
  'config get': {
    positionals: [{ key: 'key', value: 'key', isMany: false }],
    flags: [{ name: '--origin', about: 'show where each value comes from' }],
  },
  'config set': {
    positionals: [
      { key: 'key', value: 'key', isMany: false },
      { key: 'value', value: 'value', isMany: false },
    ],
    flags: [{ name: '--lock-timeout', value: 'seconds', about: 'how long to wait for another cpm process' }],
  },
  'config unset': {
    positionals: [{ key: 'key', value: 'key', isMany: false }],
    flags: [{ name: '--lock-timeout', value: 'seconds', about: 'how long to wait for another cpm process' }],
  },
  'context list': { positionals: [], flags: [] },
  'context use': {
    positionals: [{ key: 'name', value: 'name', isMany: false }],
    flags: [{ name: '--lock-timeout', value: 'seconds', about: 'how long to wait for another cpm process' }],
  },
  'context add': {
    positionals: [{ key: 'name', value: 'name', isMany: false }],
    flags: [
      {
        name: '--registry',
        value: 'registry',
        about: 'the registry: a folder, a URL, or a name from your configuration',
      },
      { name: '--server', value: 'url', about: "the colony's server, such as https://host:port" },
      { name: '--colony', value: 'name', about: "the colony's name" },
      { name: '--key-file', value: 'file', about: 'the file with your key for the colony, mode 0600' },
      { name: '--key-stdin', about: 'read your key from standard input and save it' },
      { name: '--ask-key', about: 'ask for your key and save it' },
      { name: '--s3', value: 'url', about: 'the S3 bucket for ColonyFS, such as https://host:port/bucket' },
      { name: '--s3-region', value: 'region', about: 'the region of the bucket' },
      {
        name: '--s3-key-file',
        value: 'file',
        about: 'the file with the access key and the secret key, one per line, mode 0600',
      },
      { name: '--lock-timeout', value: 'seconds', about: 'how long to wait for another cpm process' },
    ],
  },
  'context remove': {
    positionals: [{ key: 'name', value: 'name', isMany: false }],
    flags: [{ name: '--lock-timeout', value: 'seconds', about: 'how long to wait for another cpm process' }],
  },
  'workflow list': {
    positionals: [],
    flags: [
      {
        name: '--state',
        value: 'state',
        choices: ['waiting', 'running', 'successful', 'failed', 'cancelled'],
        about: 'list only runs in this state',
      },
      { name: '--limit', value: 'number', about: 'how many of the newest runs to list (default: 20)' },
    ],
  },
  'workflow get': { positionals: [{ key: 'run', value: 'run', isMany: false }], flags: [] },
  'workflow graph': { positionals: [{ key: 'run', value: 'run', isMany: false }], flags: [] },
  'workflow logs': {
    positionals: [{ key: 'run', value: 'run', isMany: false }],
    flags: [
      { name: '--node', value: 'name', about: 'show only the logs of this node' },
      { name: '--follow', about: 'keep printing until the run finishes' },
    ],
  },
  'workflow wait': {
    positionals: [{ key: 'run', value: 'run', isMany: false }],
    flags: [
      { name: '--timeout', value: 'seconds', about: 'how long to wait for the run to finish' },
      { name: '--logs', about: 'show logs of the nodes while waiting' },
    ],
  },
  'workflow cancel': {
    positionals: [{ key: 'run', value: 'run', isMany: false }],
    flags: [{ name: '--timeout', value: 'seconds', about: 'how long to wait for the run to finish' }],
  },
  'workflow rm': {
    positionals: [{ key: 'runs', value: 'run', isMany: true }],
    flags: [
      { name: '--record-only', about: 'remove only the records on this machine, and leave the runs in their colonies' },
    ],
  },
  'workflow retry': {
    positionals: [{ key: 'run', value: 'run', isMany: false }],
    flags: [
      { name: '--timeout', value: 'seconds', about: 'how long to wait for the run to finish' },
      { name: '--logs', about: 'show logs of the nodes while waiting' },
    ],
  },
  'plugins list': { positionals: [], flags: [] },
  'plugins info': { positionals: [{ key: 'name', value: 'name', isMany: false }], flags: [] },
  'plugins add': {
    positionals: [{ key: 'plugin', value: 'plugin', isMany: false }],
    flags: [
      { name: '--yes', short: '-y', about: 'approve what the plugin may do without asking' },
      {
        name: '--registry',
        value: 'registry',
        about: 'the registry: a folder, a URL, or a name from your configuration',
      },
    ],
  },
  'plugins remove': { positionals: [{ key: 'name', value: 'name', isMany: false }], flags: [] },
  'plugins enable': {
    positionals: [{ key: 'name', value: 'name', isMany: false }],
    flags: [{ name: '--yes', short: '-y', about: 'approve what the plugin may do without asking' }],
  },
  'plugins disable': { positionals: [{ key: 'name', value: 'name', isMany: false }], flags: [] },
  doctor: {
    positionals: [],
    flags: [
      {
        name: '--registry',
        value: 'registry',
        about: 'the registry: a folder, a URL, or a name from your configuration',
      },
      { name: '--offline', about: 'ask nobody on the network' },
    ],
  },
  bug: { positionals: [], flags: [{ name: '--output', short: '-o', value: 'file', about: 'the file to write' }] },
  'bridge install': { positionals: [], flags: [] },
  'bridge uninstall': { positionals: [], flags: [] },
  'bridge verify': { positionals: [], flags: [] },
  'bridge state': { positionals: [], flags: [] },
  'bridge serve': { positionals: [], flags: [] },
  completion: {
    positionals: [{ key: 'shell', value: 'shell', choices: ['bash', 'zsh', 'fish', 'powershell'], isMany: false }],
    flags: [],
  },
  help: { positionals: [{ key: 'topic', value: 'topic', isMany: true }], flags: [] },
}

/** The keys of all settings; `<name>` stands for a name that the user chooses. */
export const SETTING_KEYS: readonly string[] = [
  'registry.default',
  'registry.registries.<name>.url',
  'registry.registries.<name>.insecure',
  'registry.scopes.<name>',
  'storage.store',
  'storage.siteStores',
  'install.mode',
  'network.httpProxy',
  'network.httpsProxy',
  'network.noProxy',
  'network.ca',
  'network.cert',
  'network.key',
  'network.timeout',
  'network.retries',
  'network.maxConcurrentDownloads',
  'network.allowedAddresses',
  'security.lockTimeout',
  'security.prove',
  'security.requireSignatures',
  'security.trustedKeys.<name>',
  'security.algorithms',
  'security.advisories',
  'policy.minimumReleaseAge',
  'policy.licenses',
  'policy.yanked',
  'policy.deprecated',
  'policy.signerChange',
  'policy.registries.<name>',
  'policy.extends',
  'policy.waivers',
  'colony.insecureHosts',
  'colony.timeout',
  'engines.local.grace',
  'plugins.<name>.package',
  'plugins.<name>.enabled',
  'plugins.<name>.required',
  'plugins.<name>.options.<name>',
  'hooks.<name>',
]
