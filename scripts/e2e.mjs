import { build } from './setup/build.mjs';
import { jest } from './setup/checks.mjs';
import { provideChromium } from './setup/chromium.mjs';
import { installDependencies } from './setup/dependencies.mjs';
import { installInbox, installN8n } from './setup/n8n.mjs';
import { main } from './setup/progress.mjs';
import { provideRedis } from './setup/redis.mjs';

/** All set-up, then the tests that drive a real n8n and a real browser. Arguments go to jest. */
await main(async () => {
	await installDependencies();
	await build();
	await installN8n();
	await installInbox();
	process.env.CHROMIUM_PATH = await provideChromium();
	process.env.REDIS_SERVER_PATH = await provideRedis();
	return await jest('jest.e2e.config.js', ['--runInBand', ...process.argv.slice(2)]);
});
