import { existsSync, readFileSync } from 'node:fs';

/**
 * Sums jest's JSON result files (arguments) and prints "N passed, M failed" alone on a line.
 * A suite that could not run at all counts as one failure, and so does a result file that is missing
 * (the type check or the set-up stopped the run before jest). Exits 1 when anything failed or nothing passed.
 */
let passed = 0;
let failed = 0;
for (const file of process.argv.slice(2)) {
	if (!existsSync(file)) {
		failed += 1;
		continue;
	}
	const result = JSON.parse(readFileSync(file, 'utf8'));
	passed += result.numPassedTests;
	failed += result.numFailedTests + result.numRuntimeErrorTestSuites;
}
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
