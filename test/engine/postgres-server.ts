/** The URL of the PostgreSQL that test/engine/start-postgres.cjs started for the whole run (jest globalSetup). */
export async function postgresUrl(): Promise<string> {
	const url = process.env.JOURNEYS_TEST_POSTGRES;
	if (url === undefined) throw new Error('No test PostgreSQL: run the tests by `npm test` or with jest.config.js, whose globalSetup starts one.');
	return url;
}
