/** jest globalTeardown. */
module.exports = async () => {
	await globalThis.journeysTestPostgres?.stop();
};
