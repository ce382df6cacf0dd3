import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** What the scripts of our pages find in a browser. */
const browser = {
  files: ['templates/web/*.js'],
  languageOptions: {
    globals: Object.fromEntries(
      [
        'document',
        'location',
        'matchMedia',
        'navigator',
        'performance',
        'getSelection',
        'setTimeout',
        'clearTimeout',
        'fetch',
        'AbortController',
        'URLSearchParams',
        'setInterval',
        'URL',
      ].map((name) => [name, 'readonly']),
    ),
  },
};

export default tseslint.config(
  { ignores: ['node_modules/', '.toolchain/', 'artefacts/'] },
  js.configs.recommended,
  browser,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/no-unused-vars': ['error', { varsIgnorePattern: '^_', argsIgnorePattern: '^_' }],
      '@typescript-eslint/no-floating-promises': 'error',
      'max-lines': ['error', { max: 250, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
    },
  },
);
