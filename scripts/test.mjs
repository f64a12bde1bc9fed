import { build } from './setup/build.mjs';
import { jest, lint, typeCheck } from './setup/checks.mjs';
import { installDependencies } from './setup/dependencies.mjs';
import { main } from './setup/progress.mjs';

/** All set-up, then type check, lint and every test but the end-to-end ones. Arguments go to jest. */
await main(async () => {
	await installDependencies();
	await build();
	const codes = [await typeCheck(), await lint(), await jest('jest.config.js', process.argv.slice(2))];
	return codes.some((code) => code !== 0) ? 1 : 0;
});
