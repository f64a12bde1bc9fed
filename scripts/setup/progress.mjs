/**
 * Progress a person can follow: one line a step, with the seconds since the start and how long the step took.
 * A step that finds its work done says so and why. Scripts that a script starts go on counting from its start.
 */
const startedAt = Number((process.env.JOURNEYS_STARTED_AT ??= String(Date.now())));
const seconds = (sinceMs) => ((Date.now() - sinceMs) / 1000).toFixed(1);

export function say(text) {
	process.stdout.write(`[${seconds(startedAt).padStart(6)} s] ${text}\n`);
}

/**
 * @param {string} title What is done, as a person would say it.
 * @param {() => Promise<unknown> | unknown} work Does it; may return a short text that is added to the line.
 * @param {{ done?: () => boolean | Promise<boolean>, why?: string, quiet?: boolean }} [options]
 *   `done` answers whether nothing is left to do; `why` names what was compared; `quiet` says nothing when done.
 */
export async function step(title, work, { done, why = 'up to date', quiet = false } = {}) {
	if (done && (await done())) {
		if (!quiet) say(`${title}: skipped (${why})`);
		return false;
	}
	say(`${title} …`);
	const from = Date.now();
	const note = await work();
	say(`${title}: done in ${seconds(from)} s${typeof note === 'string' ? ` (${note})` : ''}`);
	return true;
}

/** A failure that the person can act on: printed without a stack. */
export class SetupError extends Error {}

/** Runs a script's main function; its error ends the process with a readable message. */
export async function main(work) {
	try {
		process.exitCode = (await work()) ?? 0;
	} catch (error) {
		process.stderr.write(`\n${error instanceof SetupError ? error.message : error?.stack ?? String(error)}\n`);
		process.exitCode = 1;
	}
}
