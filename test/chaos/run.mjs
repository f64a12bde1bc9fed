import { rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { chance } from '../../demo/random.mjs';
import { stopAll } from '../../demo/processes.mjs';
import { main, say } from '../../scripts/setup/progress.mjs';
import { WORKFLOW } from './journey.mjs';
import { difference, DIVERGED, outcomeOf } from './outcome.mjs';
import { Outside } from './outside.mjs';
import { report } from './report.mjs';
import { openService } from './service.mjs';
import { openStand } from './stand.mjs';
import { killAtRandom, stopAtRandom } from './trouble.mjs';

/** `npm run chaos` after the set-up; runs under Node 24. See docs/architecture.md. */
const { values: flags } = parseArgs({
	options: {
		kills: { type: 'string', default: '50' },
		seed: { type: 'string', default: '1' },
		contacts: { type: 'string', default: '1000' },
		stop: { type: 'boolean', default: false },
		'time-limit': { type: 'string', default: '3600' },
	},
});
const [kills, seed, contacts, limitMs] = [Number(flags.kills), Number(flags.seed), Number(flags.contacts), Number(flags['time-limit']) * 1000];

/** Two days of the journey pass in half a minute; without trouble there is nothing to outlast. */
const DAY_SECONDS = { calm: 3, troubled: 15 };
const QUIET_LOOKS = 3;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => void stopAll().then(() => process.exit(130)));

await main(async () => {
	try {
		say(`Once without trouble, to compare with: ${contacts} contacts, seed ${seed}`);
		const calm = await life({ daySeconds: DAY_SECONDS.calm });
		const kind = flags.stop ? 'SIGSTOP past the lease' : 'SIGKILL';
		say(`Once more with ${kind} at ${kills} moments`);
		const troubled = await life({ daySeconds: DAY_SECONDS.troubled, trouble: flags.stop ? stopAtRandom : killAtRandom });
		const isLeftOut = (line) => [troubled.diverged, troubled.missed].some((people) => people.has(line.split(' ', 1)[0]));
		const [expected, found] = [calm.lines, troubled.lines].map((lines) => lines.filter((line) => !isLeftOut(line)));
		const { text, isGood } = report({ contacts, kind, seed, calm, troubled, differs: difference(expected, found), passages: difference(calm.passages, troubled.passages) });
		process.stdout.write(`\n${text}\n`);
		if (isGood) for (const { home } of [calm, troubled]) rmSync(home, { recursive: true, force: true });
		return isGood ? 0 : 1;
	} finally {
		await stopAll();
	}
});

/** From the first contact's beginning to the last one's end. */
async function life({ daySeconds, trouble }) {
	const service = await openService();
	const stand = await openStand({ contacts, seed, daySeconds, serviceUrl: service.url });
	const outside = new Outside(stand);
	const playing = outside.play();
	try {
		const isOver = () => outside.isDone && stand.database.count(`select 1 from enrollment where workflow = ? and state = 'active'`, WORKFLOW) === 0;
		const midway = {};
		const check = async (number) => {
			for (const [query, rows] of Object.entries((await outcomeOf(stand, { atRest: false })).violations)) midway[`${query}, after ${number + 1}`] = rows;
		};
		const found = trouble === undefined ? { done: 0, inTheMidst: 0 } : await trouble({ stand, outside, chance: chance(seed), kills, say, check });
		outside.letBegin(1);
		const stuck = await untilOver({ stand, isOver });
		return { ...(await outcomeOf(stand, { atRest: stuck === null })), home: stand.home, ...found, midway, stuck, repeatedCalls: [...service.calls.values()].reduce((sum, n) => sum + n - 1, 0), told: service.calls.size, sentAgain: outside.repeated, missed: outside.missed };
	} finally {
		outside.end();
		await playing;
		await stand.close();
		service.close();
	}
}

/** null when everybody has reached an end and no mail is on its way; else what keeps them. */
async function untilOver({ stand, isOver }) {
	const startedMs = performance.now();
	let quiet = 0;
	let nextLineMs = 0;
	while (quiet < QUIET_LOOKS) {
		if (!stand.n8n.isAlive()) return `n8n ended by itself; see ${stand.n8n.logFile}`;
		const [active, held, mails] = [
			stand.database.count(`select 1 from enrollment where workflow = ? and state = 'active'`, WORKFLOW),
			stand.database.count(`select 1 from token where state = 'held'`),
			stand.database.count(`select 1 from message where state in ('reserved', 'deferred', 'attempting')`),
		];
		if (performance.now() - startedMs > limitMs) return `not over within ${limitMs / 1000} s: ${active} active, ${held} held, ${mails} mails not ended`;
		const onlyHeld = held > 0 && stand.database.count(`select 1 from token where state <> 'held'`) === 0;
		quiet = (isOver() && mails === 0) || onlyHeld ? quiet + 1 : 0;
		if (performance.now() > nextLineMs) {
			nextLineMs = performance.now() + 15_000;
			say(`${active} active, ${held} held, ${mails} mails not ended`);
		}
		await sleep(1_000);
	}
	// Who is held as diverged stays until a person looks, and is counted apart.
	const left = stand.database.count(`select 1 from enrollment e where e.workflow = ? and e.state = 'active' and not exists (select 1 from token t where t.enrollment = e.id and t.reason like ?)`, WORKFLOW, DIVERGED);
	return left === 0 ? null : `${left} people are still in the journey`;
}
