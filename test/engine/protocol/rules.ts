import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import * as ts from 'typescript';

/** The rules of the parking protocol (PROTOCOL.md), each in a line. Other sentences of the code refer to them by these numbers. */
export const RULES: Readonly<Record<number, string>> = {
	1: 'a park inserts a child, live at once, and repeating it does nothing',
	2: 'open_tokens follows in the same transaction, and zero completes the enrollment',
	3: 'profiles are locked first, then enrollments, then tokens',
	4: 'a claim is one statement; the first alone fixes since_no and a time-out\'s outcome',
	5: 'items carry token, epoch, nonce and trail; the deduplication key is no evidence',
	6: 'begin records receipts and gives back only who is still claimed at that epoch',
	7: 'every call of a step checks that the token is held at its epoch; expiry alone takes nothing away',
	8: 'the pump and every call renew the lease, up to a ceiling',
	9: 'only a success with a receipt ends a leg; a rejection never means that nothing ran',
	10: 'a failure covers all tokens of the lease; foreign effects are at least once',
	11: 'who is away is not claimed again, and may come back',
	12: 'a replay has new effects only after all that the first pass did',
	13: 'the trail tells visits apart, and more than 100 hold the person',
	14: 'a batch is reserved at once and attempted in chunks, the guards asked again',
	15: 'an attempt that did not end is never silently sent again',
	16: 'the first of event and time-out decides, the same on a replay',
	17: 'a wait looks back to the beginning of its leg, and no further',
	18: 'an item is a person\'s by certain signs only, else an error',
	19: 'entry happens in the event\'s transaction, once where the journey says so',
	20: 'an exit deletes tokens in every state; at most what is being attempted leaves',
	21: 'closing only stops claiming; unserved is who nobody beats for while n8n is up',
	22: 'nobody parks from another workflow, and a manual run stores nothing',
	23: 'time is the database\'s on PostgreSQL, the injected clock elsewhere, never mixed',
	24: 'settle, confirm and park are tried again on a busy database, all or nothing',
	25: 'a Merge of n8n\'s joins within one hop only',
};

export interface NamedTest {
	file: string;
	title: string;
	rules: number[];
}

/** Every test below the folder that names a rule: "rule 3: …" in front, or "(rule 3)" and "(rules 3, 14)" anywhere. Tests that are skipped do not count. */
export function testsOfRules(folder: string): NamedTest[] {
	return readdirSync(folder, { withFileTypes: true, recursive: true })
		.filter((entry) => entry.isFile() && entry.name.endsWith('.test.ts'))
		.map((entry) => join(entry.parentPath, entry.name))
		.flatMap((path) => titlesIn(readFileSync(path, 'utf8')).map((title) => ({ file: relative(folder, path), title, rules: rulesIn(title) })))
		.filter(({ rules }) => rules.length > 0);
}

export function rulesIn(title: string): number[] {
	const named = [...title.matchAll(/^rules? ([\d, and]+):|\(rules? ([\d, and]+)\)/g)].flatMap(([, front, inside]) => [...(front ?? inside ?? '').matchAll(/\d+/g)]);
	return [...new Set(named.map(([digits]) => Number(digits)))];
}

/** Titles of `it(…)`, `test(…)` and `it.each(…)(…)`; not of `it.skip` and the like. */
export function titlesIn(text: string): string[] {
	const titles: string[] = [];
	const visit = (node: ts.Node): void => {
		if (ts.isCallExpression(node) && isTest(node.expression)) {
			const [title] = node.arguments;
			if (title !== undefined && ts.isStringLiteralLike(title)) titles.push(title.text);
		}
		ts.forEachChild(node, visit);
	};
	visit(ts.createSourceFile('test.ts', text, ts.ScriptTarget.Latest, true));
	return titles;
}

function isTest(called: ts.Expression): boolean {
	if (ts.isIdentifier(called)) return called.text === 'it' || called.text === 'test';
	// it.each(table)(title, …): what is called is itself the call of it.each.
	return ts.isCallExpression(called) && ts.isPropertyAccessExpression(called.expression) && called.expression.name.text === 'each' && isTest(called.expression.expression);
}
