import { build } from './setup/build.mjs';
import { installDependencies } from './setup/dependencies.mjs';
import { main } from './setup/progress.mjs';

await main(async () => {
	await installDependencies();
	await build();
});
