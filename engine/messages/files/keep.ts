import { sql } from 'kysely';

import type { EmailAttachment } from '../../channels/types';
import { hashId } from '../../kernel';
import type { Reader, Tx } from '../../store';
import type { MailFile } from '../types';

/*
 * Files of mails that wait. n8n's binary data belongs to an execution and is gone when a held mail is sent, so the bytes are stored in the
 * transaction that parks the person, and removed when the mail has ended. What a batch has in common is stored once: only that transaction
 * ever adds users to a content, so it can only lose them afterwards, and whoever removes locks it first.
 */

/** A mail that waits, with what it is to be sent with. */
export interface Waiting {
	message: string;
	attachments: readonly MailFile[];
}

export interface KeptFile extends EmailAttachment {
	message: string;
}

export async function keepFiles(tx: Tx, waiting: readonly Waiting[], files: readonly Uint8Array[]): Promise<void> {
	if (waiting.length === 0) return;
	const idOf = new Map<number, string>();
	const rows = waiting.flatMap(({ message, attachments }) => attachments.map(({ file, fileName, contentType, contentId }, position) => {
		const content = idOf.get(file) ?? hashId('kept file', message, String(file));
		idOf.set(file, content);
		return { message, position, file_name: fileName, content_type: contentType, content_id: contentId, content };
	}));
	// One at a time: all of a batch in one value may be more than a database takes.
	for (const [file, id] of idOf) {
		await tx.run(sql`insert into kept_content (id, content) values (${id}, ${Buffer.from(files[file] ?? new Uint8Array()).toString('base64')}) on conflict (id) do nothing`);
	}
	await tx.run(sql`insert into message_file (message, position, file_name, content_type, content_id, content)
		select r.message, r.position, r.file_name, r.content_type, r.content_id, r.content
		from ${tx.dialect.rows(rows, { message: 'text', position: 'integer', file_name: 'text', content_type: 'text', content_id: 'text', content: 'text' }, 'r')} where true
		on conflict (message, position) do nothing`);
}

/** In the order in which they were attached. */
export async function keptFiles(reader: Reader, messages: readonly string[]): Promise<KeptFile[]> {
	if (messages.length === 0) return [];
	const rows = await reader.all(sql<{ message: string; file_name: string; content_type: string; content_id: string | null; content: string }>`select message, file_name, content_type, content_id, content
		from message_file where ${reader.dialect.anyOf(sql`message`, messages)} order by message, position`);
	const contents = await reader.all(sql<{ id: string; content: string }>`select id, content from kept_content where ${reader.dialect.anyOf(sql`id`, [...new Set(rows.map(({ content }) => content))])}`);
	const bytes = new Map(contents.map(({ id, content }) => [id, Buffer.from(content, 'base64')]));
	return rows.map((row) => ({
		message: row.message, fileName: row.file_name, contentType: row.content_type, content: bytes.get(row.content) ?? new Uint8Array(),
		...(row.content_id === null ? {} : { contentId: row.content_id }),
	}));
}

/** Mails at a time whose files the sweep removes. */
const SLICE = 1_000;

/** Of mails that have ended, whatever ended them. */
export async function removeEndedFiles(tx: Tx): Promise<void> {
	const ended = await tx.all(sql<{ id: string }>`select m.id from message m where m.state not in ('reserved', 'deferred', 'attempting')
		and m.id in (select f.message from message_file f) order by m.id limit ${SLICE}`);
	await removeFiles(tx, ended.map(({ id }) => id));
}

/** Of whole people, at an erasure: at once. */
export async function removeFilesOf(tx: Tx, profiles: readonly number[]): Promise<void> {
	const theirs = await tx.all(sql<{ id: string }>`select id from message where ${tx.dialect.anyOf(sql`profile`, profiles)} and exists (select 1 from message_file f where f.message = message.id)`);
	await removeFiles(tx, theirs.map(({ id }) => id));
}

async function removeFiles(tx: Tx, messages: readonly string[]): Promise<void> {
	if (messages.length === 0) return;
	const used = await tx.all(sql<{ id: string }>`select id from kept_content where id in (select content from message_file where ${tx.dialect.anyOf(sql`message`, messages)}) order by id ${tx.dialect.forUpdate}`);
	await tx.run(sql`delete from message_file where ${tx.dialect.anyOf(sql`message`, messages)}`);
	// A statement of its own, after the locks: it sees what another process, removing the other users of a content, has committed.
	await tx.run(sql`delete from kept_content where ${tx.dialect.anyOf(sql`id`, used.map(({ id }) => id))} and not exists (select 1 from message_file f where f.content = kept_content.id)`);
}
