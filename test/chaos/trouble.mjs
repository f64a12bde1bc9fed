import { setTimeout as sleep } from 'node:timers/promises';
import { WORKFLOW } from './journey.mjs';

/** One in four comes while n8n is starting its workflows, the others in the middle of what it does. */
const SOON_SHARE = 0.25;
const SOON_MS = 4_000;
const INTO_IT_MS = 3_000;
/** Nobody may be due for a while: then the moment is any moment. Counted from when n8n serves the journey, however long it took to start. */
const IDLE_MS = 30_000;
const STARTED_WITHIN_MS = 300_000;
/** A pump's lease is 30 s; a step that called the engine has 60 s. Both are overslept in turn. */
const ASLEEP_MS = [36_000, 66_000];

/** What was under way at this moment, as the database has it. People who were claimed before n8n's last start wait for their lease to end. */
function underWay({ database, startedMs }) {
	const states = database.rows('select state, count(*) as n from token group by state order by state');
	const mails = database.count(`select 1 from message where state = 'attempting'`);
	const text = [...states.map(({ state, n }) => `${n} ${state}`), ...(mails > 0 ? [`${mails} mails on their way`] : [])].join(', ') || 'nobody';
	return { text, inTheMidst: database.count(`select 1 from token t join lease l on l.nonce = t.nonce where t.state = 'claimed' and l.claimed_at > ? limit 1`, startedMs) > 0 };
}

/** Every pump of the journey has beaten since n8n's last start. */
async function served({ database, startedMs }) {
	const untilMs = performance.now() + STARTED_WITHIN_MS;
	const silent = () => database.count(`select 1 from step where workflow = ? and type in ('trigger', 'wait', 'waitForEvent', 'email') and coalesce(beat_at, 0) < ?`, WORKFLOW, startedMs);
	while (silent() > 0 && performance.now() < untilMs) await sleep(200);
}

async function someMoment(stand, chance) {
	if (chance.next() < SOON_SHARE) return void (await sleep(chance.next() * SOON_MS));
	const into = chance.next() * INTO_IT_MS;
	await served(stand);
	const untilMs = performance.now() + IDLE_MS;
	while (!underWay(stand).inTheMidst && performance.now() < untilMs) await sleep(50);
	await sleep(into);
}

/**
 * Does something bad to n8n as often as asked for, at moments that the seed chooses; before each, another part of the people begins, so
 * that there is somebody at every step all the time.
 * @param {{ stand: any, outside: any, chance: any, kills: number, say: (text: string) => void, check: (number: number) => Promise<void> }} given
 * @param {(number: number) => Promise<string>} harm
 */
async function atRandom({ stand, outside, chance, kills, say }, harm) {
	const found = { done: 0, inTheMidst: 0 };
	while (found.done < kills) {
		outside.letBegin(1 / kills);
		await someMoment(stand, chance);
		const { text, inTheMidst } = underWay(stand);
		const what = await harm(found.done);
		found.done += 1;
		if (inTheMidst) found.inTheMidst += 1;
		say(`${what} ${found.done} of ${kills}: ${text}`);
	}
	return found;
}

/** SIGKILL to n8n's whole process group, a look at what it left, and n8n's start. */
export async function killAtRandom(given) {
	const { stand, check } = given;
	return await atRandom(given, async (number) => {
		await stand.n8n.kill();
		await check(number);
		await stand.restart();
		return 'kill';
	});
}

/** SIGSTOP for longer than a lease, then SIGCONT: n8n comes back and believes that no time has passed. */
export async function stopAtRandom(given) {
	const { stand, check } = given;
	return await atRandom(given, async (number) => {
		const asleepMs = ASLEEP_MS[number % ASLEEP_MS.length];
		process.kill(-stand.n8n.pid, 'SIGSTOP');
		await sleep(asleepMs);
		await check(number);
		process.kill(-stand.n8n.pid, 'SIGCONT');
		stand.startedMs = Date.now();
		return `stop for ${asleepMs / 1000} s,`;
	});
}
