import communityNodes from '@n8n/eslint-plugin-community-nodes';
import nodesBase from 'eslint-plugin-n8n-nodes-base';
import tseslint from 'typescript-eslint';

/**
 * Three sets: typescript-eslint for all code, n8n's own rules for community nodes (the configuration without cloud
 * support, since the pack carries a database), and the older n8n-nodes-base rules on nodes, credentials and package.json.
 */
const offBecauseOfTheEngine = {
	'@n8n/community-nodes/no-restricted-imports': 'off',
	'@n8n/community-nodes/no-restricted-globals': 'off',
	'@n8n/community-nodes/no-runtime-dependencies': 'off',
};

/** There is no public page yet; a made-up address would be worse than none. */
const offUntilPublished = { '@n8n/community-nodes/require-homepage': 'off' };

/** Where the older set asks for the opposite of n8n's newer one: ['main'] for NodeConnectionTypes.Main, a page name for a URL. */
const offForTheNewerSet = {
	'n8n-nodes-base/node-class-description-inputs-wrong-regular-node': 'off',
	'n8n-nodes-base/node-class-description-outputs-wrong': 'off',
	'n8n-nodes-base/cred-class-field-documentation-url-miscased': 'off',
};

/**
 * The plugin's rules read lists of object literals and crash on a spread element among them (2.0.0, restoreObject), which would
 * end the whole run. Such a list is then skipped by that one rule.
 */
const readsSpreads = (visit) => (node) => {
	try {
		return visit(node);
	} catch (error) {
		if (!(error instanceof TypeError)) throw error;
	}
};
const tolerant = (rule) => ({
	...rule,
	create: (context) => Object.fromEntries(Object.entries(rule.create(context)).map(([selector, visit]) => [selector, readsSpreads(visit)])),
});
const nodesBasePlugin = {
	'n8n-nodes-base': { ...nodesBase, rules: Object.fromEntries(Object.entries(nodesBase.rules).map(([name, rule]) => [name, tolerant(rule)])) },
};
const nodesBaseRules = (name) => ({ ...nodesBase.configs[name].rules, ...offForTheNewerSet });

export default tseslint.config(
	{ ignores: ['dist/', '.demo/', 'artifacts/', 'coverage/', '**/node_modules/', 'workflows/'] },
	{
		files: ['**/*.{ts,mjs,js}'],
		extends: [...tseslint.configs.recommended],
		rules: {
			'@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
		},
	},
	{
		files: ['**/*.js'],
		rules: { '@typescript-eslint/no-require-imports': 'off' },
	},
	{
		files: ['{engine,nodes,credentials,test,bench}/**/*.ts'],
		languageOptions: { parserOptions: { project: './tsconfig.test.json', tsconfigRootDir: import.meta.dirname } },
		rules: {
			'@typescript-eslint/no-floating-promises': ['error', { ignoreVoid: true }],
			'@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
			'@typescript-eslint/await-thenable': 'error',
			'@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
		},
	},
	{
		files: ['{nodes,credentials}/**/*.ts', 'package.json'],
		...communityNodes.configs.recommendedWithoutN8nCloudSupport,
		rules: { ...communityNodes.configs.recommendedWithoutN8nCloudSupport.rules, ...offBecauseOfTheEngine, ...offUntilPublished },
	},
	{
		files: ['package.json'],
		languageOptions: { parser: tseslint.parser, parserOptions: { extraFileExtensions: ['.json'] } },
		plugins: nodesBasePlugin,
		rules: nodesBaseRules('community'),
	},
	{ files: ['nodes/**/*.ts'], plugins: nodesBasePlugin, rules: nodesBaseRules('nodes') },
	{ files: ['credentials/**/*.ts'], plugins: nodesBasePlugin, rules: nodesBaseRules('credentials') },
);
