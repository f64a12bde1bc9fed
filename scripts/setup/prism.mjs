import { isInstalled } from './installed.mjs';
import { contractPrism, node24Environment } from './places.mjs';
import { step } from './progress.mjs';
import { quietly } from './run.mjs';

/** The mock servers of `npm run contract`: Prism, with a lock file of its own. */
export async function installPrism() {
	await step(
		'Mock servers for the contract tests (npm ci in test/contract/prism)',
		() => quietly('prism-npm-ci', 'npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: contractPrism, env: node24Environment() }),
		{ done: () => isInstalled(contractPrism), why: 'test/contract/prism/node_modules matches its lock file' },
	);
}
