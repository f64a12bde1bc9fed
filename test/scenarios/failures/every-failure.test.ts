import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { titlesIn } from '../../engine/protocol/rules';

/** What people report of other systems, each of which a scenario of this folder must pass. */
const FAILURES: Readonly<Record<number, string>> = {
	1: 'a crash in the middle of a batch skips people or mails everybody again',
	2: 'two workers or overlapping schedules send the same mail twice',
	3: 'one bad recipient stops or repeats the whole batch',
	4: 'stale schedules fire after downtime',
	5: 'a rebuilt segment removes and re-adds people, who lose their scheduled steps',
	6: 'a step is edited or deleted with people waiting in it',
	7: 'who opts out during a wait is mailed, or tried for ever',
	8: 'time zones and the change of the clocks',
	9: 'link scanners open, click and unsubscribe people',
	10: 'nobody can say why somebody did or did not get a message',
	11: 'the cost of a segment follows the size of the table',
	12: 'cleared attributes, events that do not match, counts of zero, and errors taken for "no"',
	13: 'a click in an earlier run counts for the later one',
	14: 'a crash after the provider accepted sends again',
	15: 'the event is written, and the journey\'s start is lost',
	16: 'List-Unsubscribe is folded, so that DKIM breaks',
};

const SOURCES = readdirSync(__dirname).filter((name) => name.endsWith('.test.ts')).map((name) => readFileSync(join(__dirname, name), 'utf8'));

describe('the failures of others', () => {
	it.each(Object.entries(FAILURES))('have a scenario of number %s: %s', (number) => {
		const titles = SOURCES.flatMap((text) => [...titlesIn(text), ...[...text.matchAll(/describe\('([^']+)'/g)].map(([, title = '']) => title)]);

		expect(titles.filter((title) => title.startsWith(`failure ${number}:`))).not.toEqual([]);
	});
});
