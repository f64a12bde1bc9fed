import { installDependencies } from './setup/dependencies.mjs';
import { lint } from './setup/checks.mjs';
import { main } from './setup/progress.mjs';

await main(async () => {
	await installDependencies();
	return await lint(process.argv.slice(2));
});
