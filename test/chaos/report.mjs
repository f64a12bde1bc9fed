/**
 * What a person wants to know, and whether it is as it must be.
 * @returns {{ text: string, isGood: boolean }}
 */
export function report({ contacts, kind, seed, calm, troubled, differs, passages }) {
	const checks = [
		['everybody who began has ended', troubled.ended + troubled.diverged.size === contacts && troubled.stuck === null, troubled.stuck ?? `${troubled.ended} of ${contacts}`],
		['nobody is held', troubled.held.length === 0, list(troubled.held.map(({ reason, people }) => `${people}: ${reason}`))],
		['no mail twice', troubled.twice.length === 0, list(troubled.twice)],
		['no mail called sent that did not arrive', troubled.lost.length === 0, list(troubled.lost)],
		['the same way to the same end as without trouble', differs.count === 0, `${differs.count} lines differ${list([...differs.missing.map((line) => `- ${line}`), ...differs.added.map((line) => `+ ${line}`)])}`],
		['the same numbers at each step', passages.count === 0 || troubled.diverged.size + troubled.missed.size > 0, list([...passages.missing.map((line) => `- ${line}`), ...passages.added.map((line) => `+ ${line}`)])],
		['the protocol\'s queries find nothing, in the midst', isEmpty(troubled.midway), shown(troubled.midway)],
		['the protocol\'s queries find nothing, at rest', isEmpty(troubled.violations), shown(troubled.violations)],
		['the run without trouble was one', calm.stuck === null && calm.unknown === 0 && calm.diverged.size === 0 && calm.missed.size === 0 && calm.twice.length === 0 && isEmpty(calm.violations), calm.stuck ?? shown(calm.violations)],
		['somebody unsubscribed on the way', troubled.optedOut > 0 && troubled.optedOut + troubled.missed.size >= calm.optedOut, `${troubled.optedOut} (without trouble ${calm.optedOut}); take more --contacts`],
		['it met people between two waits', troubled.inTheMidst > 0, 'every moment found everybody waiting; take more --contacts'],
	];
	const numbers = [
		['contacts', contacts], ['seed', seed], [kind, `${troubled.done} times, ${troubled.inTheMidst} of them with people between two waits`], ['mails', `${troubled.mails} (without trouble ${calm.mails})`],
		['unknown (on their way when n8n died; may have arrived, never sent again)', troubled.unknown],
		['diverged (would have taken another way on the replay; held)', troubled.diverged.size],
		['calls of the foreign service, repeated', `${troubled.repeatedCalls} beyond one for each of ${troubled.told} people`],
		['unsubscribed, and so got no third mail', troubled.optedOut],
		['could not order or unsubscribe in time, as n8n took no calls; left out of the comparison', troubled.missed.size],
		['batches of events that nobody took, sent again', troubled.sentAgain],
	];
	const isGood = checks.every(([, good]) => good);
	const lines = [
		...numbers.map(([name, value]) => `  ${name}: ${value}`), '',
		...checks.map(([name, good, why]) => `  ${good ? 'ok  ' : 'FAIL'}  ${name}${good ? '' : `: ${why}`}`),
		...(isGood ? [] : ['', `  n8n's folders, kept to look at: ${calm.home}, ${troubled.home}`]),
	];
	return { text: lines.join('\n'), isGood };
}

const isEmpty = (found) => Object.keys(found).length === 0;
const shown = (found) => list(Object.entries(found).map(([query, rows]) => `${query}: ${rows.length} rows, such as ${JSON.stringify(rows[0])}`));
const list = (lines) => lines.map((line) => `\n          ${line}`).join('');
