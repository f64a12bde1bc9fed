import { sql } from 'kysely';

import type { JsonObject } from '../kernel';
import { cleanText, lockFound, storedObject } from '../profiles';
import type { Tx } from '../store';
import { verifyToken } from '../tracking';
import type { OnSiteParts } from './index';
import { ledgerMessages, tell, type LedgerMessage } from './record';
import { signUp } from './sign-up';
import type { ActFacts, ActResult, OnSiteAct, OnSiteContent, Survey, SurveyAnswer } from './types';

const LONGEST_COMMENT = 2_000;

interface Row {
	message: string;
	kind: string;
	content: unknown;
	open: number;
	expires_at: number;
	read_at: number | null;
	clicked_at: number | null;
	dismissed_at: number | null;
	answered_at: number | null;
	sign_ups: number;
}

/** A row of the queue with its line of the ledger, its person locked. */
interface Acted {
	row: Row;
	message: LedgerMessage;
	content: OnSiteContent;
}

/**
 * What somebody does with a message that stands on their page. Its token says which: it was given to nobody but the browser that shows it. What is
 * told twice counts once; what comes late, of a message that is over, counts as long as its row is kept (queue.ts).
 */
export async function act(parts: OnSiteParts, token: string, given: OnSiteAct, facts: ActFacts): Promise<ActResult> {
	const payload = verifyToken(token, await parts.settings.signingSecret());
	if (payload?.k !== 's') return 'unknown';
	if (given.do === 'signUp') return await signUp(parts, payload.m, given.fields, facts);
	return await parts.store.tx('onsite-act', async (tx) => {
		const acted = await lockedRow(tx, payload.m);
		if (acted === null) return 'unknown';
		switch (given.do) {
			case 'click':
				return await clicked(parts, tx, acted, given.button, facts);
			case 'dismiss':
				return await dismissed(parts, tx, acted, facts);
			case 'read':
				return await mark(tx, acted.row, 'read_at', { closes: false });
			case 'answer':
				return await answered(parts, tx, acted, given.answer, facts);
		}
	});
}

export async function lockedRow(tx: Tx, id: string): Promise<Acted | null> {
	let messages: LedgerMessage[] = [];
	await lockFound(tx, async () => {
		messages = (await ledgerMessages(tx, [id])).filter(({ profile }) => profile > 0);
		return messages.map(({ profile }) => profile);
	});
	const [message] = messages;
	const row = await tx.first(sql<Row>`select message, kind, content, open, expires_at, read_at, clicked_at, dismissed_at, answered_at, sign_ups from onsite_message where message = ${id}`);
	return message === undefined || row === undefined ? null : { row, message, content: storedObject(row.content) as unknown as OnSiteContent };
}

type Mark = 'read_at' | 'clicked_at' | 'dismissed_at' | 'answered_at';

/** closes: it is not shown again. An inbox keeps what was clicked. */
export async function mark(tx: Tx, row: Row, column: Mark, { closes }: { closes: boolean }): Promise<'done' | 'repeated'> {
	const isNew = row[column] === null;
	await tx.run(sql`update onsite_message set ${sql.ref(column)} = coalesce(${sql.ref(column)}, ${tx.nowMs}) ${closes ? sql`, open = 0` : sql``} where message = ${row.message}`);
	return isNew ? 'done' : 'repeated';
}

/** Each click counts, as on a link in a mail. */
async function clicked(parts: OnSiteParts, tx: Tx, { row, message, content }: Acted, button: number, { url }: ActFacts): Promise<ActResult> {
	const target = content.buttons[button];
	if (target === undefined || target.url === '') return { refused: 'The message has no such link.' };
	await mark(tx, row, 'clicked_at', { closes: row.kind !== 'inbox' && row.kind !== 'inline' });
	await tx.run(sql`update message set clicks = clicks + 1, clicked_at = coalesce(clicked_at, ${tx.nowMs}), last_clicked_at = ${tx.nowMs} where id = ${message.id}`);
	const { clicks } = (await tx.first<{ clicks: number }>(sql<{ clicks: number }>`select clicks from message where id = ${message.id}`)) ?? { clicks: 0 };
	await tell(parts, tx, [{ message, event: 'On-Site Clicked', properties: { kind: row.kind, url: target.url, button: target.label, page: url }, key: `onsite-click:${message.id}:${clicks}` }]);
	return 'done';
}

async function dismissed(parts: OnSiteParts, tx: Tx, { row, message }: Acted, { url }: ActFacts): Promise<ActResult> {
	const result = await mark(tx, row, 'dismissed_at', { closes: true });
	if (result === 'done') await tell(parts, tx, [{ message, event: 'On-Site Dismissed', properties: { kind: row.kind, page: url }, key: `onsite-dismissed:${message.id}` }]);
	return result;
}

/** The first answer counts; words that are added to it come as an event of their own, with the same score. */
async function answered(parts: OnSiteParts, tx: Tx, { row, message, content }: Acted, { score, comment }: SurveyAnswer, { url }: ActFacts): Promise<ActResult> {
	const { survey } = content;
	if (survey === undefined) return { refused: 'The message asks nothing.' };
	const range = rangeOf(survey);
	if (!Number.isInteger(score) || score < range.from || score > range.to) return { refused: `The answer is not a whole number from ${range.from} to ${range.to}.` };
	const words = cleanText(comment ?? '').trim().slice(0, LONGEST_COMMENT);
	const isFirst = (await mark(tx, row, 'answered_at', { closes: true })) === 'done';
	const choice: JsonObject = survey.scale === 'choice' ? { answer: survey.choices[score] ?? '' } : {};
	const told: JsonObject = { kind: row.kind, question: survey.question, scale: survey.scale, score, ...choice, page: url };
	if (isFirst) await tell(parts, tx, [{ message, event: 'Survey Answered', properties: { ...told, ...(words === '' ? {} : { comment: words }) }, key: `answered:${message.id}` }]);
	else if (words !== '') await tell(parts, tx, [{ message, event: 'Survey Answered', properties: { ...told, comment: words, addition: true }, key: `answered:${message.id}:words` }]);
	return isFirst || words !== '' ? 'done' : 'repeated';
}

function rangeOf({ scale, choices }: Survey): { from: number; to: number } {
	switch (scale) {
		case 'nps':
			return { from: 0, to: 10 };
		case 'csat':
		case 'stars':
			return { from: 1, to: 5 };
		case 'thumbs':
			return { from: 0, to: 1 };
		case 'choice':
			return { from: 0, to: choices.length - 1 };
	}
}
