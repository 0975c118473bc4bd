/** Lint: typescript-eslint with types, the rooms' import direction, React's hook rules, and files of a readable length. */
import reactHooks from 'eslint-plugin-react-hooks'
import { defineConfig } from 'eslint/config'
import tseslint from 'typescript-eslint'
import { rooms } from './scripts/lint/rooms.js'

const off = 'off'
const error = 'error'

export default defineConfig(
  { ignores: ['node_modules/', 'dist/', 'test-results/', 'demo-out/', 'bench-out/', 'src/onnx/proto/', 'public/'] },
  {
    files: ['**/*.{ts,tsx}'],
    extends: [tseslint.configs.strict, tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: error },
    plugins: { passepartout: { rules: { rooms } } },
    rules: {
      'passepartout/rooms': error,
      'max-lines': [error, { max: 600 }],
      eqeqeq: [error, 'always', { null: 'ignore' }],
      'no-console': error,
      'prefer-const': error,
      '@typescript-eslint/consistent-type-imports': [error, { disallowTypeAnnotations: false }],
      '@typescript-eslint/no-unused-vars': [error, { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // The stores' actions are declared as methods and are plain functions.
      '@typescript-eslint/unbound-method': off,
      '@typescript-eslint/no-unnecessary-type-assertion': off, // disagrees with tsc on generics
      // Typed-array code needs `!` under noUncheckedIndexedAccess.
      '@typescript-eslint/no-non-null-assertion': off,
      // An async function without await still turns a throw into a rejection, which callers rely on.
      '@typescript-eslint/require-await': off,
      '@typescript-eslint/unified-signatures': off,
    },
  },
  { files: ['src/{ui,state}/**/*.{ts,tsx}', 'src/*.tsx'], extends: [reactHooks.configs.flat['recommended-latest']] },
  { files: ['src/cli/**', 'tools/**', 'e2e/**', 'scripts/**'], rules: { 'no-console': off } },
  {
    files: ['scripts/**/*.{js,mjs}', '*.js'],
    rules: { eqeqeq: error, 'prefer-const': error, 'no-unused-vars': error, 'max-lines': [error, { max: 600 }] },
  },
)
