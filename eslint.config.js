import eslint from '@eslint/js';
import prettier from 'eslint-config-prettier';
import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

/** What a pure package may not touch: the outside world, the clock, chance. */
const impure = {
  'no-restricted-globals': [
    'error',
    'Date',
    'process',
    'setTimeout',
    'setInterval',
    'fetch',
    'Buffer',
  ],
  'no-restricted-properties': ['error', { object: 'Math', property: 'random' }],
  'no-restricted-imports': [
    'error',
    {
      patterns: [
        { group: ['node:*', 'kafkajs', 'ioredis', '@clickhouse/*', 'chdb', '@semarak/infra/*'] },
      ],
    },
  ],
};

export default tseslint.config(
  { ignores: ['**/dist/**', '**/.turbo/**', '**/generated/**', '.semarak*/**'] },
  eslint.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  prettier,
  {
    languageOptions: {
      parserOptions: {
        projectService: {
          allowDefaultProject: ['*.js', '*.ts', 'services/console/vite.config.ts'],
        },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      eqeqeq: 'error',
    },
  },
  {
    files: ['services/console/page/**/*.{ts,tsx}'],
    extends: [reactHooks.configs.flat.recommended],
  },
  {
    files: ['**/*.mjs', '*.js'],
    ...tseslint.configs.disableTypeChecked,
    languageOptions: {
      ...tseslint.configs.disableTypeChecked.languageOptions,
      globals: { process: 'readonly', console: 'readonly', URL: 'readonly', fetch: 'readonly' },
    },
  },
  {
    files: ['services/programme/src/**/*.ts'],
    ignores: ['**/*.test.ts', '**/*.prop.test.ts'],
    rules: impure,
  },
);
