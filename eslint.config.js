import tseslint from 'typescript-eslint'

export default tseslint.config(
  { ignores: ['dist*/', 'fixtures/', 'examples/', 'node_modules/', 'coverage/'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // A number in a message is what the reader wants to see; objects are still refused.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // `type` is used where a shape is composed, `interface` where it is declared: both read well.
      '@typescript-eslint/consistent-type-definitions': 'off',
      '@typescript-eslint/consistent-type-imports': [
        'error',
        { fixStyle: 'inline-type-imports', disallowTypeAnnotations: false },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      eqeqeq: 'error',
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'exit', message: 'set process.exitCode in src/cli/main.ts' },
      ],
    },
  },
  {
    // A command resolves once, before V8 optimizes anything: until then, `for-of` makes an object for each element.
    files: ['src/resolver/**/*.ts'],
    rules: { '@typescript-eslint/prefer-for-of': 'off' },
  },
)
